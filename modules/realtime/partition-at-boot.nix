# For a medium that meets any machine: the cores are counted and divided when it boots, without a kernel parameter.
# Weaker than isolcpus (kernel threads may still run on the audio cores), and gone at the next boot.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime;
  partition = cfg.partitionAtBoot;
in
{
  options.archibald.realtime.partitionAtBoot = {
    enable = lib.mkEnableOption ''
      setting cores aside for audio at boot, for media that do not know their machine. CPUs 1–3 become audio cores
      (all but CPU 0 on smaller machines) and everything else moves to the others'';

    minimumCpus = lib.mkOption {
      type = lib.types.ints.between 2 1024;
      default = 4;
      example = 6;
      description = ''
        Machines with fewer CPUs than this (2 or more) are left as they are: with one CPU for a whole desktop, the
        desktop becomes the problem.
      '';
    };
  };

  config = lib.mkIf (cfg.enable && partition.enable) {
    assertions = [
      {
        assertion = cfg.audioCores == [ ];
        message = ''
          archibald.realtime.partitionAtBoot.enable and archibald.realtime.audioCores both divide the cores. Keep
          audioCores on a machine you know, partitionAtBoot on a medium for any machine.
        '';
      }
    ];
    systemd.services.archibald-partition-cores = {
      description = "Set CPU cores aside for audio";
      documentation = [ "https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html#cpuset" ];
      wantedBy = [ "multi-user.target" ];
      # Sessions read the drop-ins that this writes, so it must come before the first of them.
      before = [
        "display-manager.service"
        "systemd-user-sessions.service"
      ];
      environment.MINIMUM_CPUS = toString partition.minimumCpus;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = lib.getExe (
          pkgs.writeShellApplication {
            name = "archibald-partition-cores";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.systemd
            ];
            text = builtins.readFile ./partition-cores.sh;
          }
        );
        ProtectHome = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateNetwork = true;
        IPAddressDeny = "any";
        UMask = "0022"; # sessions read what it writes
        NoNewPrivileges = true;
        # Root it must be: interrupts, work queues and the slices of the system manager are changed.
        RestrictAddressFamilies = [ "AF_UNIX" ];
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectClock = true;
        ProtectHostname = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [ "@system-service" ];
      };
    };
  };
}
