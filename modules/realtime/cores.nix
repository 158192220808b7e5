# Which CPUs belong to audio. One option drives the kernel's command line, the interrupts, the cgroups and the units, so
# that cores are never set aside with nothing placed on them. The rest of the system gets slower by what is taken away.
{ config, lib, ... }:
let
  cfg = config.archibald.realtime;
  count = config.archibald.hardware.cpuCount;
  cores = lib.sort lib.lessThan (lib.unique cfg.audioCores);
  beyond = lib.filter (core: count != null && core >= count) cores;
  housekeeping = if count == null then [ ] else lib.subtractLists cores (lib.range 0 (count - 1));
  toList = import ../../lib/cpu-list.nix { inherit lib; };
in
{
  options.archibald.hardware.cpuCount = lib.mkOption {
    type = lib.types.nullOr lib.types.ints.positive;
    default = null;
    example = 4;
    description = ''
      How many logical CPUs the machine has, as `nproc` prints it (1 or more). Null: not known when the system is
      built, as on a live medium; then no core can be named in the configuration. A number larger than the machine
      has makes the kernel and systemd ignore what names the missing cores.
    '';
  };

  options.archibald.realtime = {
    audioCores = lib.mkOption {
      type = lib.types.listOf lib.types.ints.unsigned;
      default = [ ];
      example = [
        2
        3
      ];
      description = ''
        CPUs kept for audio, numbered from 0 to `archibald.hardware.cpuCount` − 1. Everything else runs on the others;
        audio units and sound-card interrupts run here. CPU 0 serves interrupts that cannot be moved, so it is a poor
        choice. On CPUs with two threads per core take both threads, on CPUs with fast and slow cores the fast ones.
        Empty: no core is set aside.
      '';
    };

    cpuLists = {
      audio = lib.mkOption {
        type = lib.types.str;
        readOnly = true;
        default = toList cores;
        defaultText = lib.literalMD "`archibald.realtime.audioCores`, sorted, e.g. `2-3`";
        description = "The audio cores as a kernel and systemd CPU list; empty when there are none.";
      };
      housekeeping = lib.mkOption {
        type = lib.types.str;
        readOnly = true;
        default = if cores == [ ] then "" else toList housekeeping;
        defaultText = lib.literalMD "all other cores, e.g. `0-1`";
        description = "All other cores as a CPU list; empty when no core is set aside.";
      };
    };
  };

  config.assertions = [
    {
      assertion = cores == [ ] || count != null;
      message = ''
        archibald.realtime.audioCores names cores (${toList cores}) of a machine whose size is not declared. Set
        archibald.hardware.cpuCount to what `nproc` prints there, or use archibald.realtime.partitionAtBoot.enable.
      '';
    }
    {
      assertion = beyond == [ ];
      message = ''
        archibald.realtime.audioCores names core ${toList beyond}, but archibald.hardware.cpuCount is
        ${toString count}: the last core is ${toString (count - 1)}. Remove it from the list, or correct the count.
      '';
    }
    {
      assertion = count == null || cores == [ ] || housekeeping != [ ];
      message = ''
        archibald.realtime.audioCores takes all ${toString count} cores, so nothing is left for the system. Leave out
        at least core 0.
      '';
    }
  ];
}
