# Core 8 of a machine with four.
# Remedy: Remove it from the list, or correct the count
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.hardware.cpuCount = lib.mkForce 4;
      archibald.realtime.audioCores = lib.mkForce [ 8 ];
    };
}
