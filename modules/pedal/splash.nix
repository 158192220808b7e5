# The display while the control service is not there: "Starting" from the initial RAM disk on, and "Safe to power off" once the last
# file system is gone. In between the picture stays until the control service draws its own.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.splash;
  program = lib.getExe' cfg.package "lcd-splash";
  shown = pedal.enable && cfg.enable && cfg.package != null;
in
{
  options.archibald.pedal.splash = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = config.archibald.board.piStomp.enable;
      defaultText = lib.literalExpression "config.archibald.board.piStomp.enable";
      description = ''
        Show on the pedal's display that the machine starts, and when it may be unplugged. Puts a program of a few MB and the
        display's drivers into the initial RAM disk.
      '';
    };

    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.lcd-splash or null;
      defaultText = lib.literalExpression "pkgs.lcd-splash, from this flake's overlay";
      description = "Package with `bin/lcd-splash`.";
    };
  };

  config = lib.mkIf shown {
    boot.initrd = {
      # SPI of the Pi 3 and 4, of the Pi 5, and its device files.
      availableKernelModules = [
        "spi_bcm2835"
        "spi_dw_mmio"
      ];
      kernelModules = [ "spidev" ];
      systemd = {
        storePaths = [ program ];
        services.lcd-splash = {
          description = "Picture on the display: starting";
          wantedBy = [ "initrd.target" ];
          unitConfig.DefaultDependencies = false;
          # Nothing waits for the picture, and a display that fails stops nothing.
          serviceConfig = {
            Type = "exec";
            ExecStart = "-${program} starting --wait 5";
            TimeoutStartSec = 10;
          };
        };
      };
    };

    # The last program that runs, from memory, with every file system let go: what it says is true. Below /etc, because NixOS' systemd
    # looks there and in its own folder of the store, and not in /lib.
    systemd.shutdownRamfs.contents."/etc/systemd/system-shutdown/lcd-splash".source = program;
  };
}
