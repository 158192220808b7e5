# Real-time scheduling for audio: the kernel, which cores it owns, who may use it, and which interrupts come first.
# Everything that names a core is computed from `archibald.realtime.audioCores`.
{
  imports = [
    ./cores.nix
    ./enable.nix
    ./kernel.nix
    ./raspberry-pi-kernel.nix
    ./kernel-params.nix
    ./cpusets.nix
    ./partition-at-boot.nix
    ./interrupts.nix
    ./limits.nix
    ./power.nix
  ];
}
