# pi-Stomp Tre (3.0) on a Raspberry Pi 5.
{
  imports = [ ../pistomp.nix ];

  archibald = {
    board.raspberryPi.model = 5;
    board.image.name = "pistomp-pi5";
    audio.quantumFrames = 128;
  };
}
