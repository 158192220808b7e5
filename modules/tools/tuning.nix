# rt-tune as a service: what the kernel forgets when a card is plugged in, the machine wakes up or a power daemon
# interferes is set again. It may write only what the list below names; permanent settings belong into the configuration.
{
  config,
  lib,
  pkgs,
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

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
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
      serviceConfig = {
        Type = "notify";
        ExecStart = lib.concatStringsSep " " (
          [
            (lib.getExe' cfg.package "rt-tune")
            "watch"
          ]
          ++ map lib.escapeShellArg cfg.extraArguments
        );
        Restart = "on-failure";
        RestartSec = 5;
        # Root: it writes /proc/irq, /sys and the scheduling of other users' threads.
        StateDirectory = "rt-tune"; # what was there before, for `rt-tune revert`
        CapabilityBoundingSet = [
          "CAP_DAC_OVERRIDE"
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
