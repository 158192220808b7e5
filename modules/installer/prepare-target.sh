# Fills ROOT/etc/nixos: the flake of the machine, a copy of the distribution, and machine.nix with what this computer is.
# Usage: archibald-prepare-target ROOT [partitions-by-label|partitions-by-hardware-scan]
# Environment: FLAKE_SOURCE, MACHINE_FLAKE; CPU_COUNT replaces the number of CPUs (for tests).
root=${1:?usage: archibald-prepare-target ROOT [partitions-by-label|partitions-by-hardware-scan]}
partitions=${2:-partitions-by-hardware-scan}
cpus=${CPU_COUNT:-$(nproc --all)}
etc=$root/etc/nixos

case $partitions in
  partitions-by-label) by_label=true ;;
  partitions-by-hardware-scan) by_label=false ;;
  *)
    echo "archibald-prepare-target: unknown way to find partitions: $partitions" >&2
    exit 64
    ;;
esac

# The set of the live medium: CPUs 1 to 3, so that CPU 0 keeps the interrupts that cannot be moved. Two CPUs and fewer
# are not divided.
audio=
for cpu in 1 2 3; do
  if [ "$cpus" -gt 2 ] && [ "$cpu" -lt "$cpus" ]; then audio="$audio $cpu"; fi
done

mkdir -p "$etc"
rm -rf "$etc/archibald"
cp -r "$FLAKE_SOURCE" "$etc/archibald"
# From the store everything comes read-only.
chmod -R u+w "$etc/archibald"
install -m 644 "$MACHINE_FLAKE" "$etc/flake.nix"

cat > "$etc/machine.nix" <<NIX
# What the installer found out about this computer. Yours to change; configuration.nix imports it.
{
  # Logical CPUs, as nproc prints them, and those kept for audio.
  archibald.hardware.cpuCount = $cpus;
  archibald.realtime.audioCores = [$audio ];

  # true: partitions are found by the labels that archibald-install gave them. false: hardware-configuration.nix has them.
  archibald.disk.enable = $by_label;
}
NIX
