# The switch of the whole pedal. Its parts follow it and can be turned off one by one.
{ config, lib, ... }:
let
  cfg = config.archibald.pedal;
in
{
  options.archibald.pedal.enable = lib.mkEnableOption ''
    the pedal: a JACK server, the LV2 host and, as far as their programs exist, the control service and MIDI. Takes the
    sound card for itself, so no desktop sound server may run beside it'';

  config = lib.mkIf cfg.enable {
    archibald.realtime.enable = lib.mkDefault true;
    # The units below are the sound server; a desktop's PipeWire would take the card. 900 yields to a plain definition,
    # which then fails with the sentence of ../audio/server.nix.
    services.pipewire.enable = lib.mkOverride 900 false;
  };
}
