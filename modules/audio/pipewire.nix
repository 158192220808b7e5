# PipeWire with a fixed small period, JACK and PulseAudio programs included. A fixed period means that a browser cannot
# stretch it, at the price of some CPU load while nothing but a browser plays.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  audio = config.archibald.audio;
  cfg = audio.pipewire;
  realtime = config.archibald.realtime;
in
{
  options.archibald.audio.pipewire = {
    minQuantumFrames = lib.mkOption {
      type = lib.types.ints.between 16 8192;
      default = audio.quantumFrames;
      defaultText = lib.literalExpression "config.archibald.audio.quantumFrames";
      example = 32;
      description = ''
        Smallest period in frames that a program may ask for. One program that asks for 16 takes the whole graph down
        to 16, with dropouts for all.
      '';
    };

    maxQuantumFrames = lib.mkOption {
      type = lib.types.ints.between 16 8192;
      default = lib.max 1024 audio.quantumFrames;
      defaultText = lib.literalMD "1024, or the quantum where that is larger";
      example = 2048;
      description = "Largest period in frames that programs may ask for, when all of them are content with it.";
    };

    lowLatencyInVm = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        PipeWire raises the smallest period to 1024 frames when it sees that it runs in a virtual machine. Turn this
        on in a guest whose cores are pinned; in others it brings dropouts.
      '';
    };
  };

  config = lib.mkIf (audio.server == "pipewire") {
    assertions = [
      {
        assertion =
          cfg.minQuantumFrames <= audio.quantumFrames && audio.quantumFrames <= cfg.maxQuantumFrames;
        message = ''
          archibald.audio.quantumFrames (${toString audio.quantumFrames}) must lie between pipewire.minQuantumFrames
          (${toString cfg.minQuantumFrames}) and pipewire.maxQuantumFrames (${toString cfg.maxQuantumFrames}).
        '';
      }
    ];

    services.pipewire = {
      enable = lib.mkDefault true;
      alsa.enable = lib.mkDefault true;
      # Old games and plugin bridges; a second PipeWire library of 32 bits, about 30 MB.
      alsa.support32Bit = lib.mkDefault pkgs.stdenv.hostPlatform.isx86_64;
      pulse.enable = lib.mkDefault true;
      jack.enable = lib.mkDefault true;
      wireplumber.enable = lib.mkDefault true;
      extraConfig.pipewire."92-low-latency" = {
        "context.properties" = {
          "default.clock.rate" = audio.sampleRate;
          "default.clock.quantum" = audio.quantumFrames;
          "default.clock.min-quantum" = cfg.minQuantumFrames;
          "default.clock.max-quantum" = cfg.maxQuantumFrames;
        };
      }
      // lib.optionalAttrs cfg.lowLatencyInVm {
        # Comes after the rule of PipeWire's own file, which sets 1024.
        "context.properties.rules" = [
          {
            matches = [ { "cpu.vm.name" = "!null"; } ];
            actions.update-props."default.clock.min-quantum" = cfg.minQuantumFrames;
          }
        ];
      };
    };
    security.rtkit.enable = lib.mkDefault true;

    # isolcpus keeps ordinary threads off the audio cores, so the server has to be put there.
    systemd.user.services.pipewire.serviceConfig =
      lib.mkIf (realtime.enable && realtime.cpuLists.audio != "")
        {
          CPUAffinity = lib.mkDefault realtime.cpuLists.audio;
        };
  };
}
