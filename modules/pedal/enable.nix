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
    assertions = [
      {
        assertion = config.archibald.audio.server == null || !cfg.jack.enable;
        message = ''
          archibald.pedal.enable brings a JACK server of its own, and archibald.audio.server is
          "${toString config.archibald.audio.server}". Leave archibald.audio.server at null, or set
          archibald.pedal.jack.enable = false.
        '';
      }
    ];
    archibald.realtime.enable = lib.mkDefault true;
    # A desktop that asks for PipeWire with mkDefault would take the card; 900 yields to a plain definition, which then
    # fails with the sentence of ../audio/server.nix.
    services.pipewire.enable = lib.mkIf cfg.jack.enable (lib.mkOverride 900 false);
  };
}
