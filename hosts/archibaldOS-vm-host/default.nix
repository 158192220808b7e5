# The machine that runs the guest: stock kernel, IOMMU, libvirt, bridge. Put your hardware-configuration.nix beside this
# file and import it; its file systems win over the ones here.
{ lib, ... }:
{
  archibald = {
    base.enable = true;
    users.passwordlessSudo = true;
    users.audioUser.enable = true;

    # Cores 2 and 3 go to the guest; correct the count to what `nproc` prints.
    hardware.cpuCount = lib.mkDefault 4;
    realtime.enable = true;
    realtime.audioCores = lib.mkDefault [
      2
      3
    ];
    audio.server = "pipewire";

    vm.host = {
      enable = true;
      users = [ "audio-user" ];
    };
  };

  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  fileSystems."/boot" = lib.mkDefault {
    device = "/dev/disk/by-label/ESP";
    fsType = "vfat";
  };
  boot.loader.systemd-boot.enable = lib.mkDefault true;
  boot.loader.efi.canTouchEfiVariables = lib.mkDefault true;
  networking.hostName = "archibaldOS-vm-host";
  system.stateVersion = "26.05";
}
