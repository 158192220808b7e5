# One variant, evaluated down to the derivation of what is built from it, and described.
#   nixpkgs  tree with lib/, nixos/ and default.nix, see docs/reference/evaluation.md
#   inputs   exports of the other inputs
{
  nixpkgs,
  inputs,
  variant,
}:
let
  machine = import ./machine.nix { inherit nixpkgs inputs variant; };
in
builtins.deepSeq [ machine.toplevel.drvPath machine.artefact.drvPath ] machine.manifest
