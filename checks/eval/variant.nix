# One variant, evaluated down to the derivation of what is built from it, and described.
#   nixpkgs  tree with lib/, nixos/ and default.nix, see docs/reference/evaluation.md
#   inputs   exports of the other inputs
{
  nixpkgs,
  inputs,
  variant,
}:
let
  flake = import ./call-flake.nix { inherit nixpkgs inputs; };
  inherit (flake.inputs.nixpkgs) lib;
  row =
    (import ../../hosts {
      inherit (flake) inputs;
      inherit lib;
    }).${variant};

  # The manual is built from files that the tree need not have, and says nothing about the machine.
  machine = flake.nixosConfigurations.${variant}.extendModules {
    modules = [ { documentation.nixos.enable = lib.mkForce false; } ];
  };
  manifest = import ./manifest.nix {
    inherit lib row machine;
    name = variant;
    root = toString ../..;
  };
in
builtins.deepSeq [
  machine.config.system.build.toplevel.drvPath
  machine.config.system.build.${row.artefact}.drvPath
] manifest
