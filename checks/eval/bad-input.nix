# Evaluates a configuration that must be refused: fails, with the sentence that a person would see.
{
  nixpkgs,
  inputs,
  case,
}:
let
  bad = import (./bad-input + "/${case}.nix");
in
(import ./machine.nix {
  inherit nixpkgs inputs;
  inherit (bad) variant;
  modules = [ bad.module ];
}).toplevel.drvPath
