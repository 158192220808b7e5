# Raspberry Pi 3, 4 and 5: firmware → U-Boot → extlinux, so that the boot menu offers every generation and a rollback
# needs no other computer. The host imports nixos-hardware's profile of its model and nixpkgs' sd-image module.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.board.raspberryPi;
  hasProfile = options.hardware ? raspberry-pi;
  hasImage = options ? sdImage;
  # The profile of the Pi 3 names its serial console itself.
  serialConsole = {
    "3" = [ ];
    "4" = [
      "8250.nr_uarts=1"
      "console=ttyS0,115200n8"
    ];
    "5" = [ "console=ttyAMA10,115200n8" ];
  };
in
{
  options.archibald.board.raspberryPi = {
    enable = lib.mkEnableOption ''
      settings for a Raspberry Pi. Needs nixos-hardware's profile `raspberry-pi-<model>` and, for an image, nixpkgs'
      `installer/sd-card/sd-image.nix`'';

    model = lib.mkOption {
      type = lib.types.enum [
        3
        4
        5
      ];
      default = 4;
      description = "Model of the board; compute modules count as their parent (CM4 as 4, CM5 as 5).";
    };

    realtimeKernel = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Use the foundation's kernel with PREEMPT_RT. No cache has it: cross-compiling takes 5–15 minutes on a
        workstation, on a Pi 4 several hours. Off: the foundation's kernel as nixos-hardware builds it (full preemption).
      '';
    };

    serialConsole = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Kernel messages and a login on the serial port (115200 baud, header pins 8 and 10; on a Pi 5 the three-pin
        socket). Turn it off where MIDI uses the port.
      '';
    };

    firmwareSizeMiB = lib.mkOption {
      type = lib.types.ints.between 64 1024;
      default = 128;
      example = 256;
      description = ''
        Size of the FAT partition of an image in MiB (64–1024). nixpkgs' 30 are too few for the firmware with all
        device trees and overlays. Cannot be changed on a card that is in use.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = hasProfile;
            message = ''
              archibald.board.raspberryPi.enable needs nixos-hardware: import its module raspberry-pi-${toString cfg.model}
              into the host, as the rows of hosts/default.nix do.
            '';
          }
        ];
        archibald = {
          hardware.cpuCount = lib.mkDefault 4;
          realtime.raspberryPi.version = lib.mkDefault cfg.model;
          realtime.kernel.flavour = lib.mkIf cfg.realtimeKernel (lib.mkDefault "raspberry-pi-rt");
        };
        boot.kernelParams =
          lib.optionals cfg.serialConsole serialConsole.${toString cfg.model}
          # The last console gets the messages of init.
          ++ [ "console=tty1" ];
        boot.initrd = {
          # Disk, card and file system drivers are built into the foundation's kernel; what nixpkgs lists for any computer,
          # it has only in part.
          allowMissingModules = lib.mkDefault true;
          systemd.tpm2.enable = lib.mkDefault false;
        };
        boot.loader.grub.enable = lib.mkDefault false;
        boot.loader.generic-extlinux-compatible = {
          enable = lib.mkDefault true;
          configurationLimit = lib.mkDefault 10;
        };
      }
      (lib.optionalAttrs hasProfile { hardware.raspberry-pi.firmware.uboot.enable = lib.mkDefault true; })
      (lib.optionalAttrs hasImage {
        # Beats sd-image.nix, which asks for the modules of all ARM boards; the foundation's kernel does not have them, and
        # then no initial RAM disk is made.
        hardware.enableAllHardware = lib.mkForce false;
        sdImage = {
          firmwareSize = lib.mkDefault cfg.firmwareSizeMiB;
          populateRootCommands = lib.mkDefault ''
            mkdir -p ./files/boot
            ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d ./files/boot
          '';
        };
      })
    ]
  );
}
