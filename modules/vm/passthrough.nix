# PCI devices for the guest. A device goes with its whole IOMMU group, and the host can no longer use it; a sound card or
# DSP on a group of its own is a good candidate, the card behind the host's console is not.
{ config, lib, ... }:
let
  vm = config.archibald.vm;
  cfg = vm.host.passthrough;
in
{
  options.archibald.vm.host.passthrough = {
    deviceIds = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[0-9a-f]{4}:[0-9a-f]{4}");
      default = [ ];
      example = [ "104c:b800" ];
      description = ''
        Vendor and product of devices that vfio takes before any driver does, as `lspci -nn` prints them in brackets.
        All devices of that kind are taken.
      '';
    };

    addresses = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");
      default = [ ];
      example = [ "0000:01:00.0" ];
      description = "PCI addresses handed to the guest, as `lspci -D` prints them.";
    };
  };

  config = lib.mkIf vm.host.enable {
    # Intel's unit is off by default, AMD's on; pt spares the host's own devices the translation.
    boot.kernelParams = [
      "intel_iommu=on"
      "iommu=pt"
    ];
    boot.initrd.kernelModules = [
      "vfio_pci"
      "vfio"
      "vfio_iommu_type1"
    ];
    boot.extraModprobeConfig = lib.mkIf (cfg.deviceIds != [ ]) ''
      options vfio-pci ids=${lib.concatStringsSep "," cfg.deviceIds}
    '';
  };
}
