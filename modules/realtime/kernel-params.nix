# The kernel's command line. isolcpus takes the audio cores out of load balancing, irqaffinity sends interrupts to the
# others, rcu_nocbs moves the kernel's own deferred work there. They need a reboot; cpusets.nix places what audio is.
{ config, lib, ... }:
let
  cfg = config.archibald.realtime;
  count = config.archibald.hardware.cpuCount;
  inherit (cfg) cpuLists isolation;
  ticklessBeyond = lib.filter (core: count != null && core >= count) isolation.ticklessCores;
  cpuList = import ../../lib/cpu-list.nix { inherit lib; };
in
{
  options.archibald.realtime.isolation = {
    kernel = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Take the audio cores out of the scheduler's balancing with `isolcpus=`, keep interrupts off them with
        `irqaffinity=` and deferred kernel work with `rcu_nocbs=`. Nothing runs there but what is placed there:
        real-time threads still move between the audio cores, ordinary ones stay where they started. Off: the cgroups
        alone keep system services away. Takes effect at the next boot.
      '';
    };

    ticklessCores = lib.mkOption {
      type = lib.types.listOf lib.types.ints.unsigned;
      default = [ ];
      example = [ 3 ];
      description = ''
        Cores that stop the periodic timer while one task runs alone (`nohz_full=`). Good for a loop that never calls
        the kernel; an audio graph calls it each period, and every call gets dearer there. Kernels built without
        `CONFIG_NO_HZ_FULL` ignore it. Leave it empty unless you measured a gain.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = ticklessBeyond == [ ];
        message = ''
          archibald.realtime.isolation.ticklessCores names core ${cpuList ticklessBeyond}, but the machine has
          archibald.hardware.cpuCount = ${toString count} cores, numbered from 0. Remove it, or correct the count.
        '';
      }
    ];
    boot.kernelParams =
      lib.optionals (cpuLists.audio != "" && isolation.kernel) [
        "isolcpus=managed_irq,domain,${cpuLists.audio}"
        "irqaffinity=${cpuLists.housekeeping}"
        "rcu_nocbs=${cpuLists.audio}"
      ]
      ++ lib.optional (isolation.ticklessCores != [ ]) "nohz_full=${cpuList isolation.ticklessCores}";
  };
}
