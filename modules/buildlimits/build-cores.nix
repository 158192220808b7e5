# Some cores for builds and the rest for people. The kernel parameter keeps everything else off them, and the daemon is
# put onto them, so that a build at full load never delays a key press. On audio machines audioCores is the other half.
{ config, lib, ... }:
let
  cfg = config.archibald.buildLimits;
  count = config.archibald.hardware.cpuCount;
  audio = config.archibald.realtime.audioCores;
  cores = lib.unique cfg.buildCores;
  beyond = lib.filter (core: count != null && core >= count) cores;
  shared = lib.intersectLists cores audio;
  cpuList = import ../../lib/cpu-list.nix { inherit lib; };
in
{
  imports = [ ../realtime ];

  options.archibald.buildLimits = {
    buildCores = lib.mkOption {
      type = lib.types.listOf lib.types.ints.unsigned;
      default = [ ];
      example = [
        2
        3
        4
        5
        6
        7
      ];
      description = ''
        CPUs that builds run on, numbered from 0; empty: all. Builds never leave them, so with half of the cores they
        take twice as long.
      '';
    };

    isolateBuildCores = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Also keep everything else off the build cores with `isolcpus=`, as the seed does. Ordinary threads are not
        balanced between such cores: a parallel build then needs one `taskset` per job. The daemon's CPU set alone
        does what people want; takes effect at the next boot.
      '';
    };
  };

  config = lib.mkIf (cfg.enable && cores != [ ]) {
    assertions = [
      {
        assertion = beyond == [ ];
        message = ''
          archibald.buildLimits.buildCores names core ${cpuList beyond}, but archibald.hardware.cpuCount is
          ${toString count}. Remove it from the list, or correct the count.
        '';
      }
      {
        assertion = shared == [ ];
        message = ''
          Core ${cpuList shared} is in archibald.buildLimits.buildCores and in archibald.realtime.audioCores. A build
          there makes the sound drop out: keep it in one of the two lists.
        '';
      }
    ];
    systemd.services.nix-daemon.serviceConfig.AllowedCPUs = lib.mkDefault (cpuList cores);
    boot.kernelParams = lib.optional cfg.isolateBuildCores "isolcpus=${cpuList cores}";
  };
}
