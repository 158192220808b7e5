# Calls our flake with inputs from folders instead of downloads, without copying anything to the Nix store.
#   nixpkgs  folder with lib/, nixos/ and default.nix
#   inputs   folder with one export per name in flake.lock; what is missing there is looked up by the lock's hash
{ nixpkgs, inputs }:
let
  root = ../..;
  lock = builtins.fromJSON (builtins.readFile (root + "/flake.lock"));

  # An input of a node is a node's name, or a path from the root ("follows").
  follow =
    reference:
    if builtins.isString reference then
      reference
    else
      builtins.foldl' (node: name: follow lock.nodes.${node}.inputs.${name}) lock.root reference;

  source =
    name:
    let
      folder = inputs + "/${name}";
    in
    if name == "nixpkgs" then
      nixpkgs
    else if builtins.pathExists folder then
      folder
    else
      (builtins.fetchTree lock.nodes.${name}.locked).outPath;

  call =
    folder: node:
    let
      outputs = (import (folder + "/flake.nix")).outputs (arguments // { inherit self; });
      arguments = builtins.mapAttrs (_: reference: resolved.${follow reference}) (node.inputs or { });
      self = outputs // {
        # A string, not a path: an input that is named in a text must not be copied to the store each time.
        outPath = toString folder;
        inputs = arguments;
        inherit outputs;
        _type = "flake";
      };
    in
    self;

  resolved = builtins.mapAttrs (
    name: node:
    if node.flake or true then call (source name) node else { outPath = toString (source name); }
  ) (removeAttrs lock.nodes [ lock.root ]);
in
call root lock.nodes.${lock.root}
