# Updates of a pedal that undo themselves when no sound comes out.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "update";
  pname = "archibald-update";
  description = "Updates of a pedal, staged, tried and undone when no sound comes out";
}
