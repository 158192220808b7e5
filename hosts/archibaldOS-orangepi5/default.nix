# Orange Pi 5 on the vendor's kernel, the seed's variant: not PREEMPT_RT, every part of the board driven.
{
  archibald = {
    board = {
      orangepi5.enable = true;
      image.name = "archibaldOS-orangepi5";
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
      # The four fast cores. The seed's nohz_full=1-7 is kept; this kernel is built without NO_HZ_FULL and ignores it.
      audioCores = [
        4
        5
        6
        7
      ];
      isolation.ticklessCores = [
        1
        2
        3
        4
        5
        6
        7
      ];
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

  musnix.kernel.realtime = false;
  networking.hostName = "archibald-orangepi5";
  system.stateVersion = "26.05";
}
