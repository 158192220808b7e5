# The pedal's LV2 host: a whole pedalboard in one real-time callback, steered by mod-host's protocol.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "pedal-engine";
  pname = "archibald-engine";
  description = "LV2 host that runs a whole pedalboard in one real-time callback";
  usesJack = true;
}
