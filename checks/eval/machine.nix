# A variant with further modules, ready to be looked at.
{
  nixpkgs,
  inputs,
  variant,
  modules ? [ ],
}:
let
  flake = import ./call-flake.nix { inherit nixpkgs inputs; };
  inherit (flake.inputs.nixpkgs) lib;
  hosts = import ../../lib/hosts.nix {
    inputs = flake.inputs // {
      self = flake;
    };
    inherit lib;
    inherit (flake) nixosModules;
  };
  name = lib.removeSuffix "-cross" variant;
  row = hosts.table.${name};
  machine =
    (if name == variant then hosts.nixosConfigurations else hosts.crossConfigurations)
    .${variant}.extendModules
      {
        # The manual is built from files that the tree need not have, and says nothing about the machine.
        modules = [ { documentation.nixos.enable = lib.mkForce false; } ] ++ modules;
      };
in
{
  inherit lib;
  inherit (machine.config.system.build) toplevel;
  artefact = machine.config.system.build.${row.artefact};
  manifest = import ./manifest.nix {
    inherit
      lib
      row
      machine
      name
      ;
    root = toString ../..;
  };
}
