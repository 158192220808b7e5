# What the two systems for the Orange Pi 5 have in common; kernel and boot path stand in each host's own file.
{
  archibald = {
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
