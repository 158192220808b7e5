# The host: a stock kernel with IOMMU and libvirt. It keeps its own work away from the guest's cores by the same option
# that audio uses, and is no real-time machine itself.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.vm.host;
in
{
  options.archibald.vm.host = {
    enable = lib.mkEnableOption "the host of a real-time guest: IOMMU, libvirt and a bridge";

    users = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "alice" ];
      description = "Accounts that may manage guests. Whoever can do that can become root on the host.";
    };

    graphicalManager = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Install virt-manager, about 500 MB with its desktop libraries.";
    };
  };

  config = lib.mkIf cfg.enable {
    archibald.base.enable = lib.mkDefault true;

    virtualisation.libvirtd = {
      enable = lib.mkDefault true;
      onBoot = lib.mkDefault "ignore"; # guests start when they are asked to, or by their own autostart
      onShutdown = lib.mkDefault "shutdown";
      qemu.package = lib.mkDefault pkgs.qemu_kvm;
      qemu.runAsRoot = lib.mkDefault false;
    };
    programs.virt-manager.enable = lib.mkIf cfg.graphicalManager (lib.mkDefault true);
    users.groups.libvirtd.members = cfg.users;
    users.groups.kvm.members = cfg.users;

    environment.systemPackages = [
      pkgs.pciutils
      pkgs.htop
      pkgs.stress-ng
    ];
  };
}
