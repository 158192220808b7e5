# Live system and installer for x86 workstations: the software of the workstation, run from a stick on any machine.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/cd-dvd/installation-cd-graphical-calamares-plasma6.nix") ];

  archibald = {
    base.enable = true;
    users.live.enable = true;
    users.passwordlessSudo = true;

    realtime = {
      enable = true;
      partitionAtBoot.enable = true;
      kernel.flavour = "mainline-rt";
      power.maxCState = 1;
    };

    audio = {
      server = "pipewire";
      software.manifest = "workstation";
    };
    desktop.environment = "plasma6";
    branding.enable = true;
    resources.enable = true;

    installer = {
      iso.enable = true;
      calamares.enable = true;
      scripted.enable = true;
    };
  };

  # ZFS lags behind the newest kernels, and neither installer offers it.
  boot.supportedFilesystems.zfs = false;
  nixpkgs.config.allowUnfree = true;
  networking.hostName = "archibald-live";
  system.stateVersion = "26.05";
}
