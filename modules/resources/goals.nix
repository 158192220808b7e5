# The seed's goals, less than 1 GB of memory when idle and less than 20 s to boot, measured on the machine itself:
# `archibald-resources` prints both and fails when one is missed. docs/how-to/measure-boot-and-memory.md tells how.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.resources;
in
{
  options.archibald.resources = {
    enable = lib.mkEnableOption "the command `archibald-resources`, which measures idle memory and boot time against goals";

    idleMemoryMiB = lib.mkOption {
      type = lib.types.ints.positive;
      default = 1024;
      example = 512;
      description = ''
        Goal for memory in use when nothing runs but the desktop, in MiB: total minus available, as the kernel counts
        it, so without file caches.
      '';
    };

    bootSeconds = lib.mkOption {
      type = lib.types.ints.positive;
      default = 20;
      example = 30;
      description = ''
        Goal for the time from the start of the boot loader to the graphical or multi-user target, in seconds;
        firmware is not counted, nobody here can change it.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [
      (pkgs.writeShellApplication {
        name = "archibald-resources";
        runtimeInputs = [
          pkgs.coreutils
          pkgs.gawk
          pkgs.systemd
        ];
        runtimeEnv = {
          GOAL_MEMORY_MIB = toString cfg.idleMemoryMiB;
          GOAL_BOOT_SECONDS = toString cfg.bootSeconds;
        };
        text = builtins.readFile ./resources.sh;
      })
    ];
  };
}
