# When the engine is down, the guitar goes straight to the amplifier. A small process stands beside the engine, watches the
# server's ports and connects capture to playback as soon as the engine's are gone: nothing has to be started first. The
# connections sound without any process; the next engine removes them once its own output sounds.
{
  config,
  lib,
  ...
}:
let
  pedal = config.archibald.pedal;
  engine = pedal.engine;
  cfg = pedal.dryThrough;
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
    systemd.services.archibald-dry-through = {
      description = "Guitar straight to the amplifier while the LV2 host is down";
      wantedBy = [ "multi-user.target" ];
      # It does not require JACK: it outlives the server and is there before the next one is. At boot it comes after the server's
      # first start, good or bad, and takes no time away from it.
      after = [ "jack.service" ];
      startLimitIntervalSec = 0;
      environment.JACK_PROMISCUOUS_SERVER = "jack";
      serviceConfig = import ./sandbox.nix // {
        Type = "notify";
        NotifyAccess = "main";
        ExecStart = "${lib.getExe' engine.package "archibald-engine"} dry-through --guard";
        User = "archibald-engine";
        Group = "jack";
        SupplementaryGroups = [ "audio" ];
        UMask = "0007";
        Restart = "always";
        RestartSec = 1;
        TimeoutStopSec = 2;
        WatchdogSec = 10;
        # Not on the audio cores: it has nothing to do with the samples, and must be quick when those are busy.
        Nice = -11;
        LimitRTPRIO = 95;
        LimitMEMLOCK = "infinity";
        MemoryDenyWriteExecute = true;
        # No PrivateNetwork, as in jack-unit.nix.
      };
    };
  };
}
