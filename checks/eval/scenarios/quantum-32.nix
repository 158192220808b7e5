# The workstation with the smallest period that the seed documents name.
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.audio.quantumFrames = lib.mkForce 32;
    };
}
