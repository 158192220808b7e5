# A period of 100 frames.
# Remedy: archibald.audio.quantumFrames
# Remedy: power of two
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.audio.quantumFrames = lib.mkForce 100;
    };
}
