# Memory that is not there: a swap file, and compressed swap in memory. Swap makes a build finish that would otherwise be
# killed; it is no place for a sound server, which is why that locks its memory.
{ config, lib, ... }:
let
  cfg = config.archibald.buildLimits.swap;
in
{
  options.archibald.buildLimits.swap = {
    fileMiB = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = 0;
      example = 32768;
      description = ''
        Size of a swap file in MiB; 0 makes none. The seed's figure for a full parallel build is memory and swap of 56
        GiB together: with 24 GiB of memory that is 32768. Takes that much disk, and wears an SD card out.
      '';
    };

    file = lib.mkOption {
      type = lib.types.strMatching "/.*";
      default = "/var/lib/swapfile";
      example = "/mnt/disk/swapfile";
      description = "Path of the swap file. Must be on ext4 or XFS; btrfs and ZFS want their own preparations.";
    };

    compressed = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Compress pages in memory before any of them goes to disk (zram, half of the memory at most). Holds about three
        times as much in the same space and costs CPU time while memory is short.
      '';
    };
  };

  config = lib.mkIf config.archibald.buildLimits.enable {
    swapDevices = lib.mkIf (cfg.fileMiB > 0) [
      {
        device = cfg.file;
        size = cfg.fileMiB;
      }
    ];
    zramSwap = lib.mkIf cfg.compressed {
      enable = lib.mkDefault true;
      memoryPercent = lib.mkDefault 50;
      algorithm = lib.mkDefault "zstd";
    };
  };
}
