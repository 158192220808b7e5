# Nix on the machine itself: flakes on, the store kept small. The weekly collection reads and deletes many small files
# for minutes, at idle CPU and I/O priority.
{ config, lib, ... }:
let
  cfg = config.archibald.base.nix;
in
{
  options.archibald.base.nix = {
    garbageCollection = {
      enable = lib.mkOption {
        type = lib.types.bool;
        default = true;
        description = ''
          Delete unused store paths and old generations by a timer. Off: the disk fills by one generation per rebuild
          (an audio workstation: 0.1–3 GB each).
        '';
      };
      dates = lib.mkOption {
        type = lib.types.str;
        default = "weekly";
        example = "Sun 04:00";
        description = "When to collect, a systemd calendar expression. The run takes minutes of disk I/O.";
      };
      maxAgeDays = lib.mkOption {
        type = lib.types.ints.positive;
        default = 30;
        example = 90;
        description = ''
          Generations older than this many days (1 or more) are deleted and cannot be rolled back to. The running one
          is always kept. Each kept generation costs the disk space of what changed in it.
        '';
      };
    };
    optimiseStore = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Replace equal files in the store by hard links as they arrive. Saves about a quarter of the store and makes
        each installation of a path a little slower.
      '';
    };
  };

  config = lib.mkIf config.archibald.base.enable {
    nix.settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      auto-optimise-store = lib.mkDefault cfg.optimiseStore;
    };
    nix.gc = {
      automatic = lib.mkDefault cfg.garbageCollection.enable;
      dates = lib.mkDefault cfg.garbageCollection.dates;
      options = lib.mkDefault "--delete-older-than ${toString cfg.garbageCollection.maxAgeDays}d";
    };
    systemd.services.nix-gc.serviceConfig = lib.mkIf cfg.garbageCollection.enable {
      IOSchedulingClass = "idle";
      CPUSchedulingPolicy = "idle";
    };
  };
}
