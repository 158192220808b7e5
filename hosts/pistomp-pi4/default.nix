# pi-Stomp Tre (3.0) on a Raspberry Pi 4.
{
  imports = [ ../pistomp.nix ];

  archibald = {
    board.raspberryPi.model = 4;
    board.image.name = "pistomp-pi4";
    audio.quantumFrames = 128;
  };
}
