# How the pedal's JACK server is started: /etc/default/jack holds the numbers, /etc/jackdrc the command line. The unit is
# in jack-unit.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.jack;
  inherit (config.archibald) audio;
in
{
  options.archibald.pedal.jack = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pedal.enable;
      defaultText = lib.literalExpression "config.archibald.pedal.enable";
      description = "Run the pedal's own JACK server. Off: you bring a server of your own named `default`.";
    };

    driver = lib.mkOption {
      type = lib.types.enum [
        "alsa"
        "dummy"
      ];
      default = "alsa";
      description = "`alsa` plays through a card; `dummy` keeps time without one, for tests and virtual machines.";
    };

    device = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9:,_.-]+";
      default = "hw:0";
      example = "hw:IQaudIOCODEC";
      description = "ALSA name of the card, see `aplay -l`. A name stays when cards are numbered anew, a number may not.";
    };

    periods = lib.mkOption {
      type = lib.types.ints.between 2 8;
      default = 2;
      example = 3;
      description = ''
        Periods of `archibald.audio.quantumFrames` frames in the card's buffer (2–8). Each adds one period of latency
        and as much patience. USB cards often need 3.
      '';
    };

    priority = lib.mkOption {
      type = lib.types.ints.between 6 95;
      default = 75;
      example = 80;
      description = ''
        SCHED_FIFO priority of the server (6–95). The engine's callback gets 5 less. It must stay below the card's
        interrupt thread (90 with rtirq).
      '';
    };

    portMax = lib.mkOption {
      type = lib.types.ints.between 64 4096;
      default = 256;
      example = 1024;
      description = ''
        Most ports there can be (64–4096). Each costs about 50 kB of locked shared memory. Our engine needs about 20;
        the original host one client per plugin, so allow 512 for it.
      '';
    };

    synchronous = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Write each period's result in the same period: one period less latency, and a late plugin is heard at once.";
    };

    soft = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Let the driver go on after an xrun instead of restarting the card, which would be heard as a longer hole.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    archibald.audio.owners = lib.mkIf (cfg.driver == "alsa") [ "archibald.pedal.jack.enable" ];

    environment.etc = {
      "default/jack".text = ''
        JACK_DRIVER=${cfg.driver}
        JACK_DEVICE=${cfg.device}
        JACK_SAMPLE_RATE=${toString audio.sampleRate}
        JACK_PERIOD=${toString audio.quantumFrames}
        JACK_NPERIODS=${toString cfg.periods}
        JACK_PORT_MAX=${toString cfg.portMax}
        JACK_RTPRIO=${toString cfg.priority}
        JACK_SYNC=${if cfg.synchronous then "1" else "0"}
        JACK_SOFT=${if cfg.soft then "1" else "0"}
      '';
      jackdrc = {
        source = lib.getExe (
          pkgs.writeShellApplication {
            name = "jackdrc";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.jack2
            ];
            text = builtins.readFile ./jackdrc.sh;
          }
        );
        mode = "0755";
        user = "jack";
        group = "jack";
      };
    };

    environment.systemPackages = [
      pkgs.jack2
      pkgs.jack-example-tools
      pkgs.alsa-utils
    ];
    environment.sessionVariables.JACK_PROMISCUOUS_SERVER = "jack";
    boot.kernelModules = lib.mkIf (cfg.driver == "alsa") [ "snd-seq" ];
  };
}
