# Orange Pi 5 on the mainline kernel with PREEMPT_RT, from a card that boots by itself.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/sd-card/sd-image.nix") ];

  archibald = {
    board = {
      orangepi5Mainline.enable = true;
      image.name = "archibaldOS-orangepi5-mainline";
    };
    base.enable = true;
    users = {
      audioUser = {
        enable = true;
        autoLogin = true;
      };
      passwordlessSudo = true;
    };

    realtime = {
      enable = true;
      # The four fast cores.
      audioCores = [
        4
        5
        6
        7
      ];
      power.governorFromBoot = true;
    };

    audio = {
      server = "pipewire";
      software.manifest = "board";
    };
    desktop.environment = "i3";
    branding.enable = true;
    resources = {
      enable = true;
      trim = true;
    };
  };

  networking.hostName = "archibald-orangepi5";
  system.stateVersion = "26.05";
}
