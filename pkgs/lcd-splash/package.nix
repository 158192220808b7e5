# One picture on the pedal's display, from the initial RAM disk on and after the last file system is gone.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "lcd-splash";
  pname = "lcd-splash";
  description = "One picture on a pedal's display";
}
