# When the engine is down, the guitar goes straight to the amplifier. The unit starts when `mod-host` fails or ends, and
# leaves connections in the JACK server that need no process to sound. The next engine removes them once its own output
# sounds, and the command does nothing while one is running, so the order of the two does not matter.
{
  config,
  lib,
  ...
}:
let
  pedal = config.archibald.pedal;
  engine = pedal.engine;
  cfg = pedal.dryThrough;
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
    };

    systemd.services.archibald-dry-through = {
      description = "Guitar straight to the amplifier while the LV2 host is down";
      # Not `requires`: stopping JACK by hand must not start it again.
      requisite = [ "jack.service" ];
      after = [ "jack.service" ];
      environment.JACK_PROMISCUOUS_SERVER = "jack";
      serviceConfig = import ./sandbox.nix // {
        Type = "oneshot";
        ExecStart = "${lib.getExe' engine.package "archibald-engine"} dry-through --wait 5";
        User = "archibald-engine";
        Group = "jack";
        SupplementaryGroups = [ "audio" ];
        UMask = "0007";
        TimeoutStartSec = 10;
        Slice = "audio.slice";
        LimitRTPRIO = 95;
        LimitMEMLOCK = "infinity";
        MemoryDenyWriteExecute = true;
        PrivateNetwork = true;
      };
    };
  };
}
