# Where an installed machine keeps itself. The partitions are found by label, so the disk may change its name or be moved
# to another machine.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.disk;
  hasDisko = options ? disko;
in
{
  options.archibald.disk = {
    enable = lib.mkEnableOption "the disk layout of the installers: GPT, EFI system partition, ext4 or LUKS with ext4";

    device = lib.mkOption {
      type = lib.types.strMatching "/dev/.*";
      default = "/dev/disk/by-id/set-archibald.disk.device";
      example = "/dev/nvme0n1";
      description = ''
        Disk that `disko` formats; everything on it is lost. Only used while formatting: afterwards the partitions are
        found by label. The default names no disk, so that nothing is erased by accident.
      '';
    };

    encrypt = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Encrypt the root partition with LUKS. Asks for a password at each boot; reading from an NVMe disk costs CPU
        time, on machines without AES instructions a lot.
      '';
    };

    espMiB = lib.mkOption {
      type = lib.types.ints.between 256 8192;
      default = 1024;
      example = 2048;
      description = ''
        Size of the EFI system partition in MiB. It holds kernel and initial RAM disk of each kept generation, 40–120
        MiB apiece; when it is full, rebuilding fails.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = hasDisko;
            message = ''
              archibald.disk.enable needs disko. Import nixosModules.installer of this flake, which brings it along, or
              set archibald.disk.enable = false and declare fileSystems yourself.
            '';
          }
        ];
        boot.loader.systemd-boot = {
          enable = lib.mkDefault true;
          # More generations than this would fill the EFI partition.
          configurationLimit = lib.mkDefault 10;
        };
        boot.loader.efi.canTouchEfiVariables = lib.mkDefault true;
        # Disks of installed machines; nixos-generate-config adds what else it finds.
        boot.initrd.availableKernelModules = [
          "ahci"
          "nvme"
          "sd_mod"
          "usb_storage"
          "usbhid"
          "virtio_blk"
          "virtio_pci"
          "xhci_pci"
        ];
      }
      (lib.optionalAttrs hasDisko {
        disko.devices = import ./disk-layout.nix { inherit (cfg) device encrypt espMiB; };
      })
    ]
  );
}
