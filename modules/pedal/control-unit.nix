# The unit `mod-ui` with the aliases `pedald` and `mod-ala-pi-stomp`: there is one program where the original had several,
# so all the names lead here.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.control;
  home = "/home/${pedal.user}";
  socket = import ../../lib/socket-address.nix { inherit lib; } cfg.address;
  token = if cfg.assetStore.url == null then null else cfg.assetStore.tokenFile;
in
{
  config = lib.mkIf (pedal.enable && cfg.package != null) {
    systemd.services.mod-ui = {
      description = "Control service of the pedal";
      aliases = [
        "pedald.service"
        "mod-ala-pi-stomp.service"
      ];
      wantedBy = [ "multi-user.target" ];
      # Wanted and not required: an engine that was killed comes back without waiting for this service to end, and this one
      # finds it again by itself and hands it the board.
      wants = [ "mod-host.service" ];
      after = [
        "mod-host.service"
        "network.target"
      ];
      # `systemctl restart jack` restarts everything, as people know it.
      partOf = [ "jack.service" ];
      startLimitIntervalSec = 0;
      path = [ pkgs.git ];
      environment = {
        JACK_PROMISCUOUS_SERVER = "jack";
        LV2_PATH = pedal.plugins.path;
        MOD_DATA_DIR = pedal.dataDir;
        MOD_USER_PEDALBOARDS_DIR = "${pedal.dataDir}/.pedalboards";
        # Ten boards to begin with; copied by nobody, so that an update of the system is an update of them.
        MOD_FACTORY_PEDALBOARDS_DIR = "${../../boards/factory}";
        MOD_USER_FILES_DIR = "${pedal.dataDir}/user-files";
        MOD_KEYS_PATH = "${pedal.dataDir}/keys/";
      }
      // lib.optionalAttrs (pedal.engine.package != null) {
        ARCHIBALD_ENGINE = lib.getExe' pedal.engine.package "archibald-engine";
      };
      serviceConfig =
        import ./sandbox.nix
        // {
          Type = "notify";
          NotifyAccess = "main";
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.package "pedald")
              "--engine"
              pedal.engine.socket
              "--listen"
              (socket cfg.port)
              "--network"
              cfg.network
            ]
            ++ lib.optionals cfg.tls.enable [
              "--tls"
              (socket cfg.tls.port)
            ]
            ++ lib.optionals (cfg.htmlDirectory != null) [
              "--html-dir"
              "${cfg.htmlDirectory}" # a folder beside the configuration comes along into the system
            ]
            ++ lib.optional cfg.legacyPiStomp "--legacy-pi-stomp"
            ++ lib.optionals (cfg.assetStore.url != null) [
              "--streamdb"
              cfg.assetStore.url
            ]
            ++ lib.optionals (token != null) [
              "--streamdb-token-file"
              "/run/credentials/mod-ui.service/streamdb"
            ]
            ++ cfg.extraArguments
          );
          # systemd reads it as root, and shows it to this service alone.
          LoadCredential = lib.optional (token != null) "streamdb:${toString token}";
          User = "pedald";
          Group = pedal.user;
          UMask = "0007";
          # Boards on their way to the engine: it reads them as a member of the group.
          RuntimeDirectory = "pedald";
          RuntimeDirectoryMode = "0750";
          StateDirectory = "pedald";
          StateDirectoryMode = "0700";
          Restart = "always";
          RestartSec = 1;
          TimeoutStopSec = 5;
          WatchdogSec = 10;
          # Below the engine, above ordinary programs: a footswitch must be seen while the CPU is busy.
          Nice = -5;
          # Tuner, recorder and MIDI out are JACK clients, whose callbacks ask for the server's priority less 5. libjack does not
          # fail where it is refused: they would then be late, and counted as xruns.
          LimitRTPRIO = 95;
          LimitMEMLOCK = "64M";
          ProtectHome = "tmpfs";
          BindPaths = [
            pedal.dataDir
            "${home}/.lv2"
            "${pedal.dataDir}/.pedalboards:${home}/.pedalboards"
          ];
          # Period and sample rate that are chosen on the display.
          ReadWritePaths = [ "-/var/lib/archibald/audio" ];
          DeviceAllow = cfg.devices;
          MemoryDenyWriteExecute = true;
          # The memory of the engine is shown, and limits how many boards stand ready in it.
          ProtectProc = "default";
          # Loudness is measured by the engine's program, faster than real time.
          CacheDirectory = "pedald";
          CacheDirectoryMode = "0700";
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK" # link state for the display
          ];
        }
        // lib.optionalAttrs (cfg.port < 1024 || cfg.tls.enable && cfg.tls.port < 1024) {
          AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
          CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        };
    };
  };
}
