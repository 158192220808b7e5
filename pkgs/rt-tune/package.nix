# Explains and mends what keeps a machine from real-time audio, and keeps it mended.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "rt-tune";
  pname = "rt-tune";
  description = "Explains and mends what keeps a machine from real-time audio";
  usesJack = true;
}
