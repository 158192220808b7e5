# jackd as the only sound server of a workstation: less between program and card than PipeWire, and no mixing with the
# desktop's sounds. A card that is unplugged ends the server; it starts again when a card appears.
{ config, lib, ... }:
let
  audio = config.archibald.audio;
  cfg = audio.jack;
  realtime = config.archibald.realtime;
in
{
  options.archibald.audio.jack = {
    device = lib.mkOption {
      type = lib.types.str;
      default = "hw:0";
      example = "hw:USB";
      description = "ALSA name of the card, as `aplay -l` lists it. Numbers change with the order of plugging, names do not.";
    };

    periods = lib.mkOption {
      type = lib.types.ints.between 2 8;
      default = if realtime.kernel.flavour == "mainline-rt" then 2 else 3;
      defaultText = lib.literalMD "2 with a PREEMPT_RT kernel, else 3";
      example = 3;
      description = ''
        Periods in the card's buffer (2–8). Each adds one quantum of latency and that much patience with a late
        program. USB cards often need 3.
      '';
    };

    priority = lib.mkOption {
      type = lib.types.ints.between 1 95;
      default = 70;
      example = 80;
      description = "SCHED_FIFO priority of the server (1–95). Its programs get 5 less. Must lie below the card's interrupt (90).";
    };
  };

  config = lib.mkIf (audio.server == "jack") {
    services.jack.jackd = {
      enable = lib.mkDefault true;
      extraOptions = [
        "-R"
        "-P${toString cfg.priority}"
        "-dalsa"
        "-d${cfg.device}"
        "-r${toString audio.sampleRate}"
        "-p${toString audio.quantumFrames}"
        "-n${toString cfg.periods}"
      ];
    };
    # Plasma asks for PipeWire with mkDefault; it would take the card as well. 900 still yields to a plain definition.
    services.pipewire.enable = lib.mkOverride 900 false;

    systemd.services.jack.serviceConfig = lib.mkIf realtime.enable {
      Slice = lib.mkDefault "audio.slice";
    };
  };
}
