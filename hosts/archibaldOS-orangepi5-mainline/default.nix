# Orange Pi 5 on the mainline kernel with PREEMPT_RT, from a card that boots by itself.
{ modulesPath, ... }:
{
  imports = [
    ../orangepi5.nix
    (modulesPath + "/installer/sd-card/sd-image.nix")
  ];

  archibald = {
    board.orangepi5Mainline.enable = true;
    board.image.name = "archibaldOS-orangepi5-mainline";
  };
}
