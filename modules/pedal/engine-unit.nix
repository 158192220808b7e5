# The LV2 host as the unit `mod-host`, alias `archibald-engine`. Plugins are other people's code in the one process that
# has real-time priority: it runs as its own user, without network, and sees the boards and nothing else of /home.
{
  config,
  lib,
  utils,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.engine;
  affinity = config.archibald.realtime.cpuLists.audio;
  inherit (config.archibald.realtime) audioCores;
  home = "/home/${pedal.user}";
in
{
  config = lib.mkIf (pedal.enable && cfg.enable && cfg.package != null) {
    systemd.services.mod-host = {
      description = "LV2 host of the pedal";
      aliases = [ "archibald-engine.service" ];
      wantedBy = [ "multi-user.target" ];
      requires = [ "jack.service" ];
      after = [ "jack.service" ];
      partOf = [ "jack.service" ];
      wants = lib.optional (pedal.control.package != null) "mod-ui.service"; # as in jack-unit.nix
      startLimitIntervalSec = 0;
      environment = {
        JACK_PROMISCUOUS_SERVER = "jack";
        LV2_PATH = pedal.plugins.path;
      };
      serviceConfig =
        import ./sandbox.nix
        // {
          Type = "notify";
          NotifyAccess = "main";
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.package "archibald-engine")
              "run"
              "--backend"
              "jack"
              "--wait=30"
              "--socket"
              cfg.socket
            ]
            ++ lib.optionals cfg.legacyTcp [
              "--tcp"
              "5555"
              "--feedback"
              "5556"
            ]
            ++ lib.optionals (cfg.workers > 0) (
              [
                "--workers"
                (toString cfg.workers)
              ]
              ++ lib.optionals (audioCores != [ ]) [
                "--cpus"
                (lib.concatMapStringsSep "," toString audioCores)
              ]
            )
            ++ cfg.extraArguments
          );
          User = "archibald-engine";
          Group = pedal.user;
          SupplementaryGroups = [
            "audio"
            "jack"
          ];
          UMask = "0007";
          RuntimeDirectory = "archibald-engine";
          RuntimeDirectoryMode = "0750";
          StateDirectory = "archibald-engine";
          StateDirectoryMode = "0750";
          Restart = "always";
          RestartSec = 0; # as in jack-unit.nix; until it is back dry-through.nix carries the sound. A start that fails waits by itself.
          TimeoutStartSec = 60; # a board with many plugins on a slow card
          TimeoutStopSec = 5;
          WatchdogSec = 10;
          Slice = "audio.slice";
          LimitRTPRIO = 95;
          LimitMEMLOCK = "infinity";
          # Only boards and plugins of the home folder are there.
          ProtectHome = "tmpfs";
          BindPaths = [
            pedal.dataDir
            "${home}/.lv2"
            "${pedal.dataDir}/.pedalboards:${home}/.pedalboards"
          ];
          PrivateNetwork = !cfg.legacyTcp;
          RestrictAddressFamilies = [ "AF_UNIX" ] ++ lib.optional cfg.legacyTcp "AF_INET";
          # Some plugins compile their processing while they run (Faust, Guitarix), so MemoryDenyWriteExecute stays off.
          DeviceAllow = [ "/dev/cpu_dma_latency rw" ];
        }
        // lib.optionalAttrs (affinity != "") { CPUAffinity = affinity; };
    };
  };
}
