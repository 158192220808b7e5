# The owner's pistomp.conf brought about at the first boot: Wi-Fi, names, keys and period.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "provision";
  pname = "archibald-provision";
  description = "First boot of a pedal from the owner's pistomp.conf";
}
