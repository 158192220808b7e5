# Writes a backup to a USB stick, or takes the newest one of it in. What happened stands in a file for the display, one line.
# Only the mounting is done as root; the stick's content is read and written as the control service's user.
#
# $1 backup or restore  OWNER  GROUP  PEDALD
shown=/run/archibald/backup.txt
folder=/run/archibald-backup/stick
say() {
  mkdir -p "${shown%/*}"
  printf '%s\n' "$1" > "$shown.new"
  mv "$shown.new" "$shown"
  echo "$1"
}

# The first partition with a file system of the first USB disk that nothing of is mounted: a pedal may run from USB itself.
partition() {
  local name type transport system
  while read -r name type transport; do
    if [ "$type $transport" != "disk usb" ]; then
      continue
    fi
    if [ -n "$(lsblk --noheadings --raw --output MOUNTPOINT "$name" | tr -d '[:space:]')" ]; then
      continue
    fi
    while read -r name system; do
      case $system in
        vfat | exfat | ext2 | ext3 | ext4 | ntfs | f2fs | btrfs)
          echo "$name"
          return
          ;;
      esac
    done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$name")
  done < <(lsblk --noheadings --raw --paths --nodeps --output NAME,TYPE,TRAN)
}

device=$(partition)
if [ -z "$device" ]; then
  say "error: there is no USB stick that can be used; put one in and try again"
  exit 1
fi
case $1 in
  backup) mode=rw ;;
  restore) mode=ro ;;
  *) exit 64 ;;
esac
options=$mode,nosuid,nodev,noexec
mkdir -p "$folder"
# File systems without owners get one by an option, which the others refuse.
if ! mount -o "$options,uid=$(id -u "$OWNER"),gid=$(id -g "$OWNER")" "$device" "$folder" 2> /dev/null \
  && ! mount -o "$options" "$device" "$folder"; then
  say "error: the USB stick cannot be read"
  exit 1
fi
place=$folder/archibald-backups
as_owner() { setpriv --reuid "$OWNER" --regid "$GROUP" --init-groups --inh-caps=-all -- "$@"; }
status=0
if [ "$mode" = rw ]; then
  say "The backup is being written: leave the stick in"
  mkdir -p "$place"
  # What has no owners belongs to the right one already.
  chown "$OWNER:$GROUP" "$place" 2> /dev/null || true
  text=$(as_owner "$PEDALD" backup "$place" 2>&1) || status=$?
else
  say "The backup is being read: leave the stick in"
  text=$(as_owner "$PEDALD" restore "$place" 2>&1) || status=$?
fi
# Everything is on the stick when this returns.
if ! umount "$folder" && [ "$status" = 0 ]; then
  status=1
  text="error: the USB stick could not be let go: wait a minute before you pull it"
fi
text=${text##*$'\n'}
if [ "$status" != 0 ]; then
  case $text in
    error:*) say "$text" ;;
    *) say "error: $text" ;;
  esac
  exit "$status"
fi
if [ "$mode" = rw ]; then
  say "$text. The stick can be pulled"
else
  say "$text"
  # The service puts it in its place at its start; the engine plays on meanwhile.
  systemctl --no-block restart mod-ui.service
fi
