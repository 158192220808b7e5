# The workstation that the medium installs. /etc/nixos of an installed machine extends this with its own settings, so
# what an installer finds out is a default here.
{ lib, ... }:
{
  archibald = {
    base.enable = true;
    users = {
      audioUser = {
        enable = lib.mkDefault true;
        autoLogin = lib.mkDefault true;
      };
      passwordlessSudo = true;
    };

    hardware.cpuCount = lib.mkDefault 4;
    realtime = {
      enable = true;
      # An installed machine lists its own cores; a list at normal priority replaces this one.
      audioCores = lib.mkDefault [
        1
        2
        3
      ];
      kernel.flavour = "mainline-rt";
      power.maxCState = 1;
    };

    audio = {
      server = "pipewire";
      software.manifest = "workstation";
    };
    desktop.environment = lib.mkDefault "plasma6";
    branding.enable = true;
    resources = {
      enable = true;
      trim = true;
    };
    disk.enable = lib.mkDefault true;
  };

  networking.hostName = lib.mkDefault "archibaldos";
  # `nix build …#nixosConfigurations.archibaldOS.config.system.build.vm`: as many cores as are divided above.
  virtualisation.vmVariant.virtualisation = {
    cores = lib.mkDefault 4;
    memorySize = lib.mkDefault 4096; # MiB
  };
  nixpkgs.config.allowUnfree = lib.mkDefault true;
  hardware.enableRedistributableFirmware = lib.mkDefault true;
  system.stateVersion = lib.mkDefault "26.05";
}
