# The workstation as a machine that builds without freezing.
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.hardware.cpuCount = lib.mkForce 8;
      archibald.buildLimits = {
        enable = true;
        buildCores = lib.mkForce [
          4
          5
          6
          7
        ];
        isolateBuildCores = true;
        swap.fileMiB = 32768;
        temporaryFolder = "/var/tmp/nix-build";
      };
    };
}
