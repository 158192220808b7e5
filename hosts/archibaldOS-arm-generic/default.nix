# ARM boards without a module of their own: a start for adaptations, on nixpkgs' stock kernel and boot files.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/sd-card/sd-image-aarch64.nix") ];

  archibald = {
    board.image.name = "archibaldOS-arm-generic";
    base.enable = true;
    users = {
      audioUser = {
        enable = true;
        autoLogin = true;
      };
      passwordlessSudo = true;
    };

    realtime.enable = true;
    audio = {
      server = "pipewire";
      software.manifest = "board-core";
    };
    desktop.environment = "i3";
    branding.enable = true;
    resources = {
      enable = true;
      trim = true;
    };
  };

  musnix.kernel.realtime = false;
  # nixpkgs' image profile asks for it; its module would be built for nothing.
  boot.supportedFilesystems.zfs = false;
  networking.hostName = "archibald-arm";
  system.stateVersion = "26.05";
}
