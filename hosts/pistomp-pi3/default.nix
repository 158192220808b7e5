# pi-Stomp Core (2.0) on a Raspberry Pi 3.
{
  imports = [ ../pistomp.nix ];

  archibald = {
    board.raspberryPi.model = 3;
    board.image.name = "pistomp-pi3";
    audio.quantumFrames = 256;
  };
}
