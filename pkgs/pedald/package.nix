# The pedal's control service: switches, display, web page and boards in one program.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "pedald";
  pname = "pedald";
  usesJack = true; # recorder and tuner
  description = "Control service of the pedal: boards, snapshots, switches, display, web page";
}
