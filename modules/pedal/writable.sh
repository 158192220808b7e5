# Runs a command while the card may be written, as an update needs it, and makes it read-only again whatever comes of that.
if [ $# -eq 0 ]; then
  echo "usage: archibald-writable COMMAND [ARGUMENT…]  e.g. archibald-writable nixos-rebuild boot --flake …" >&2
  exit 64
fi
close() {
  sync
  for place in /boot /nix; do mount -o remount,bind,ro "$place"; done
  # Another program that still writes keeps it open; the next boot mounts it read-only in any case.
  mount -o remount,ro /card || echo "archibald-writable: the card is still being written to, and stays writable until the next boot" >&2
}
trap close EXIT
mount -o remount,rw /card
for place in /nix /boot; do mount -o remount,bind,rw "$place"; done
"$@"
