# Evaluates a configuration that must be refused: fails, with the sentence that a person would see.
{
  nixpkgs,
  inputs,
  case,
}:
let
  flake = import ./call-flake.nix { inherit nixpkgs inputs; };
  bad = import (./bad-input + "/${case}.nix");
in
(flake.nixosConfigurations.${bad.variant}.extendModules {
  modules = [
    { documentation.nixos.enable = flake.inputs.nixpkgs.lib.mkForce false; }
    bad.module
  ];
}).config.system.build.toplevel.drvPath
