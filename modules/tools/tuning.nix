# rt-tune as a service: what the kernel forgets when a card is plugged in, the machine wakes up or a power daemon
# interferes is set again. It may write only what the list below names; permanent settings belong into the configuration.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.archibald.tuning;
  package = import ./package-option.nix { inherit lib pkgs; };
in
{
  options.archibald.tuning = {
    enable = lib.mkEnableOption "rt-tune's watch service, which keeps interrupts, governor and power saving as audio needs them";

    package = package.option "rt-tune" "rt-tune";

    fixes = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [
        "irq-priority"
        "governor"
        "c-states"
      ];
      description = ''
        Settings to keep, by the names that `rt-tune apply --help` lists. Empty: all that are safe. Those that are "only when
        named" cost safety or surprise somebody; the list says what.
      '';
    };

    checkSeconds = lib.mkOption {
      type = lib.types.ints.between 10 3600;
      default = 60;
      example = 30;
      description = ''
        Seconds between two looks when nothing happens. Events are noticed at once; this finds what other programs write
        into /sys, which makes none. Each look wakes the machine once.
      '';
    };

    releaseAfterSeconds = lib.mkOption {
      type = lib.types.nullOr (lib.types.ints.between 1 86400);
      default = null;
      example = 30;
      description = ''
        Put everything back when no audio ran for so many seconds, to save power on a laptop; it is set again within half
        a second after a stream opens. Null: keep it for as long as the service runs.
      '';
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--audio-cpus=2-3" ];
      description = "Further arguments of `rt-tune watch`; see its `--help`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (package.assertion "archibald.tuning" cfg.package) ];
    environment.systemPackages = lib.optional (cfg.package != null) cfg.package;

    systemd.services.rt-tune = lib.mkIf (cfg.package != null) {
      description = "Keeps the machine tuned for audio";
      wantedBy = [ "multi-user.target" ];
      after = [ "sound.target" ];
      path = [ pkgs.iw ];
      serviceConfig = {
        Type = "notify";
        # systemd's own quoting: it knows `%` and `$`, and nothing of a shell's.
        ExecStart = utils.escapeSystemdExecArgs (
          [
            (lib.getExe' cfg.package "rt-tune")
            "watch"
            "--check"
            cfg.checkSeconds
          ]
          ++ lib.optionals (cfg.releaseAfterSeconds != null) [
            "--release"
            cfg.releaseAfterSeconds
          ]
          ++ cfg.extraArguments
          ++ cfg.fixes
        );
        Restart = "on-failure";
        RestartSec = 5;
        WatchdogSec = 180; # answered at each look
        # Root: it writes /proc/irq, /sys and the scheduling of other users' threads.
        StateDirectory = "rt-tune"; # what was there before, for `rt-tune revert`
        CapabilityBoundingSet = [
          "CAP_DAC_OVERRIDE"
          "CAP_NET_ADMIN" # power saving of Wi-Fi
          "CAP_SYS_NICE"
          "CAP_SYS_PTRACE"
        ];
        DeviceAllow = [ "/dev/cpu_dma_latency rw" ];
        DevicePolicy = "closed";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectSystem = "strict";
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_NETLINK" # the kernel's events
        ];
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [ "@system-service" ];
      };
    };
  };
}
