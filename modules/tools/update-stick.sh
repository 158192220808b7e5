# Stages what is on a USB stick: a binary cache with a closure that the owner has signed. It only stages; when the update is
# tried, the player decides, and never while somebody plays. What happened stands in a file for the display.
#
# $1 name of the device  KEY_FILE  UPDATE
shown=/run/archibald/update.txt
say() {
  mkdir -p "${shown%/*}"
  printf '%s\n' "$1" > "$shown.new"
  mv "$shown.new" "$shown"
  echo "$1"
}
folder=/run/archibald-update/stick
mkdir -p "$folder"
# Read only: a stick may be pulled at any time.
if ! mount -o ro,nosuid,nodev,noexec "/dev/$1" "$folder"; then
  say "USB stick: cannot be read"
  exit 1
fi
if [ ! -f "$folder/system" ] || [ ! -f "$folder/nix-cache-info" ]; then
  say "USB stick: no update on it"
  umount "$folder"
  exit 0
fi
say "USB stick: reading the update"
status=0
"$UPDATE" stage --usb "$folder" --key-file "$KEY_FILE" || status=$?
umount "$folder"
if [ "$status" = 0 ]; then
  say "Update ready: choose Update to try it"
else
  say "USB stick: update refused, nothing changed"
fi
exit "$status"
