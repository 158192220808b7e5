# Orange Pi 5 on the vendor's kernel, the seed's variant: not PREEMPT_RT, every part of the board driven.
{
  imports = [ ../orangepi5.nix ];

  archibald = {
    board.orangepi5.enable = true;
    board.image.name = "archibaldOS-orangepi5";
    # The seed's nohz_full=1-7 is kept; this kernel is built without NO_HZ_FULL and ignores it.
    realtime.isolation.ticklessCores = [
      1
      2
      3
      4
      5
      6
      7
    ];
  };

  musnix.kernel.realtime = false;
}
