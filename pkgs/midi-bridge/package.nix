# Serial MIDI, OSC, thru, merge and broadcast for the pedal.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "midi-bridge";
  pname = "midi-bridge";
  description = "Serial MIDI, OSC, thru, merge and broadcast for a JACK pedal";
  usesJack = true;
}
