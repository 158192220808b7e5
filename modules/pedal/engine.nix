# The LV2 host as the unit `mod-host`, alias `archibald-engine`. Plugins are other people's code in the one process that
# has real-time priority: it runs as its own user, without network, and sees the boards and nothing else of /home.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.engine;
  affinity = config.archibald.realtime.cpuLists.audio;
  home = "/home/${pedal.user}";
in
{
  options.archibald.pedal.engine = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pedal.enable;
      defaultText = lib.literalExpression "config.archibald.pedal.enable";
      description = "Run the LV2 host. Off: JACK alone, for the original programs.";
    };

    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.archibald-engine or null;
      defaultText = lib.literalExpression "pkgs.archibald-engine, from this flake's overlay";
      description = "Package with `bin/archibald-engine`.";
    };

    legacyTcp = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Listen on TCP 5555 (commands) and 5556 (feedback) of 127.0.0.1 too, where the original mod-ui looks for
        mod-host. Any program on the machine can then change the board without a password.
      '';
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--verbose" ];
      description = "Further arguments of `archibald-engine run`; see its `--help`.";
    };

    socket = lib.mkOption {
      type = lib.types.str;
      readOnly = true;
      default = "/run/archibald-engine/engine.sock";
      description = "Unix socket of the host's commands, for members of the owner's group.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    assertions = [
      {
        assertion = cfg.package != null;
        message = ''
          archibald.pedal.engine.package is null. Import nixosModules.pedal of this flake, which brings the overlay
          along, or set the package yourself.
        '';
      }
    ];

    systemd.services.mod-host = {
      description = "LV2 host of the pedal";
      aliases = [ "archibald-engine.service" ];
      wantedBy = [ "multi-user.target" ];
      requires = [ "jack.service" ];
      after = [ "jack.service" ];
      partOf = [ "jack.service" ];
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
              "--socket"
              cfg.socket
            ]
            ++ lib.optionals cfg.legacyTcp [
              "--tcp"
              "5555"
              "--feedback"
              "5556"
            ]
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
          RestartSec = "200ms"; # sound is back within a second
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

    environment.systemPackages = lib.optional (cfg.package != null) cfg.package;
  };
}
