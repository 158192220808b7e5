# The options that our modules declare, for docs/reference/options.md.
{ nixpkgs, inputs }:
let
  flake = import ./call-flake.nix { inherit nixpkgs inputs; };
  inherit (flake.inputs.nixpkgs) lib;
  machine = lib.nixosSystem {
    modules = [
      flake.nixosModules.default
      { nixpkgs.hostPlatform = "x86_64-linux"; }
    ];
  };
  root = toString ../.. + "/";

  isOurs = option: lib.any (lib.hasPrefix root) (map toString option.declarations);
  text =
    value:
    if value ? text then
      value.text
    else if builtins.isString value then
      value
    else
      lib.generators.toPretty { } value;

  entry = option: {
    inherit (option) name type;
    description = text option.description;
    default = if option ? default then text option.default else null;
    example = if option ? example then text option.example else null;
    read_only = option.readOnly;
    file = lib.removePrefix root (toString (lib.head option.declarations));
  };
in
map entry (
  lib.filter (option: option.visible && !option.internal && isOurs option) (
    lib.optionAttrSetToDocList machine.options.archibald
    ++ lib.optionals (machine.options.services ? streamdb) (
      lib.optionAttrSetToDocList machine.options.services.streamdb
    )
  )
)
