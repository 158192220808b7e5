# When the engine is down, the guitar goes straight to the amplifier. The unit starts when `mod-host` fails or ends, and
# stops once a new one is ready: for that moment both sound, which is better than neither.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  engine = pedal.engine;
  cfg = pedal.dryThrough;
  affinity = config.archibald.realtime.cpuLists.audio;
  unit = "archibald-dry-through.service";
in
{
  options.archibald.pedal.dryThrough.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Connect capture to playback while the engine is down. Takes effect with the engine. Off: silence until it is
      back, for chains where an unprocessed signal would be too loud.
    '';
  };

  config = lib.mkIf (pedal.enable && engine.enable && cfg.enable && engine.package != null) {
    systemd.services.mod-host = {
      onFailure = [ unit ];
      onSuccess = [ unit ];
      # "+": as root, for the one call to the service manager.
      serviceConfig.ExecStartPost = "+${lib.getExe' pkgs.systemd "systemctl"} --no-block stop ${unit}";
    };

    systemd.services.archibald-dry-through = {
      description = "Guitar straight to the amplifier while the LV2 host is down";
      requires = [ "jack.service" ];
      after = [ "jack.service" ];
      partOf = [ "jack.service" ];
      environment.JACK_PROMISCUOUS_SERVER = "jack";
      serviceConfig =
        import ./sandbox.nix
        // {
          ExecStart = "${lib.getExe' engine.package "archibald-engine"} dry-through --backend jack";
          User = "archibald-engine";
          Group = "jack";
          SupplementaryGroups = [ "audio" ];
          UMask = "0007";
          TimeoutStopSec = 2;
          Slice = "audio.slice";
          LimitRTPRIO = 95;
          LimitMEMLOCK = "infinity";
          MemoryDenyWriteExecute = true;
          PrivateNetwork = true;
        }
        // lib.optionalAttrs (affinity != "") { CPUAffinity = affinity; };
    };
  };
}
