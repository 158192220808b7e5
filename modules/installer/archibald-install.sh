# Installs ArchibaldOS on one disk, which is erased. See --help. Environment: FORMAT_PLAIN and FORMAT_LUKS are the
# formatting scripts; ROOT prefixes /sys (for tests).
usage() {
  cat <<'TEXT'
usage: archibald-install --disk DEVICE [options]

  --disk DEVICE         disk to erase and install on, such as /dev/nvme0n1
  --variant NAME        archibaldOS (default) or archibaldOS-server
  --hostname NAME       name of the machine (default: archibaldos)
  --user NAME           account to create (default: audio-user; the server's account is always admin)
  --password-file FILE  first line is that account's password; without it you are asked
  --ssh-key FILE        public keys that may log in; the server needs one
  --encrypt             encrypt the disk; the password is asked, or read from --disk-password-file
  --disk-password-file FILE
  --offline             take nothing from the network; needs a medium with the offline option
  --yes                 do not ask before erasing
  --dry-run             show what would happen and change nothing
TEXT
}
fail() {
  echo "archibald-install: $1" >&2
  exit "${2:-1}"
}

disk='' variant=archibaldOS host=archibaldos user='' password_file='' ssh_key='' encrypt=false disk_password_file=''
offline=false yes=false dry_run=false
while [ $# -gt 0 ]; do
  case $1 in
    --disk | --variant | --hostname | --user | --password-file | --ssh-key | --disk-password-file)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help" 64
      case $1 in
        --disk) disk=$2 ;;
        --variant) variant=$2 ;;
        --hostname) host=$2 ;;
        --user) user=$2 ;;
        --password-file) password_file=$2 ;;
        --ssh-key) ssh_key=$2 ;;
        --disk-password-file) disk_password_file=$2 ;;
      esac
      shift
      ;;
    --encrypt) encrypt=true ;;
    --offline) offline=true ;;
    --yes) yes=true ;;
    --dry-run) dry_run=true ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown option $1; see --help" 64 ;;
  esac
  shift
done

# Everything is checked before anything is erased. The names end up in Nix files, so they are kept to plain letters.
[ -n "$disk" ] || fail "which disk? Give --disk, one of: $(lsblk -dpno NAME,SIZE | tr '\n' ';')" 64
case $variant in
  archibaldOS) user=${user:-audio-user} ;;
  archibaldOS-server)
    [ -z "$user" ] || [ "$user" = admin ] || fail "the server's account is called admin; leave --user out" 64
    user='admin'
    [ -n "$ssh_key" ] || fail "a server without an SSH key could never be entered; give --ssh-key FILE" 64
    ;;
  *) fail "unknown variant $variant; there are archibaldOS and archibaldOS-server" 64 ;;
esac
[[ $host =~ ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ ]] || fail "not a host name: '$host'; use a-z, 0-9 and -" 64
[[ $user =~ ^[a-z_][a-z0-9_-]{0,30}$ ]] || fail "not a login name: '$user'; use a-z, 0-9, _ and -" 64
[ "$user" != root ] || fail "root is no account for a person; choose another name" 64
for file in "$password_file" "$ssh_key" "$disk_password_file"; do
  [ -z "$file" ] || [ -r "$file" ] || fail "cannot read $file"
done
for file in "$password_file" "$disk_password_file"; do
  # An empty line would make an account that opens without a password.
  [ -z "$file" ] || [ -n "$(head -n 1 "$file" | tr -d '\n')" ] || fail "the first line of $file is empty; a password is wanted there"
done
if [ -n "$ssh_key" ] && ! grep -qE '^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+' "$ssh_key"; then
  fail "$ssh_key has no public key; give the .pub file"
fi
real=$(realpath "$disk")
[ -b "$real" ] || fail "$disk is not a disk"
[ "$(lsblk -dno TYPE "$real")" = disk ] || fail "$disk is a partition or another part of a disk; name the whole disk"
if [ -n "$(lsblk -no MOUNTPOINTS "$real" | tr -d '[:space:]')" ]; then
  fail "$disk is in use: $(lsblk -no NAME,MOUNTPOINTS "$real" | tr '\n' ' '). Unmount it, or choose another disk"
fi
size_gib=$(($(lsblk -bdno SIZE "$real") / 1024 / 1024 / 1024))
needed=32
if [ "$variant" = archibaldOS-server ]; then needed=12; fi
[ "$size_gib" -ge "$needed" ] || fail "$disk has $size_gib GiB; $variant needs $needed"
[ -d "${ROOT:-}/sys/firmware/efi" ] || fail "this machine did not start by UEFI; switch it on in the firmware, or use the graphical installer"

echo "$variant goes to $disk ($size_gib GiB, $(lsblk -dno MODEL "$real")), encrypted: $encrypt"
echo "host name $host, account $user. Everything on $disk will be lost."
if $dry_run; then exit 0; fi
[ "$(id -u)" = 0 ] || fail "run it with sudo"
if ! $yes; then
  read -rp "Type $disk to go on: " answer
  [ "$answer" = "$disk" ] || fail "nothing was changed"
fi

mkdir -p /run/archibald
ln -sfn "$real" /run/archibald/target-disk
cleanup() { rm -f /run/archibald/disk-password /run/archibald/target-disk; }
trap cleanup EXIT
if $encrypt; then
  if [ -z "$disk_password_file" ]; then
    read -rsp "Password for the disk: " first && echo
    read -rsp "Once more: " second && echo
    if [ -z "$first" ] || [ "$first" != "$second" ]; then
      fail "the two differ, or are empty; nothing was changed"
    fi
  else
    IFS= read -r first < "$disk_password_file" || [ -n "$first" ] || fail "$disk_password_file is empty"
  fi
  (umask 077 && printf %s "$first" > /run/archibald/disk-password)
  "$FORMAT_LUKS" --yes-wipe-all-disks
else
  "$FORMAT_PLAIN" --yes-wipe-all-disks
fi

root=/mnt
archibald-prepare-target "$root" partitions-by-label
nixos-generate-config --root "$root" --no-filesystems
{
  echo "# Settings of this machine; see machine.nix for what was found out about it."
  echo "{"
  echo "  imports = [ ./hardware-configuration.nix ./machine.nix ];"
  echo "  networking.hostName = \"$host\";"
  echo "  archibald.disk.encrypt = $encrypt;"
  if [ "$variant" = archibaldOS ]; then echo "  archibald.users.audioUser.name = \"$user\";"; fi
  echo "}"
} > "$root/etc/nixos/configuration.nix"

if [ -n "$ssh_key" ] && [ "$variant" = archibaldOS-server ]; then
  install -D -m 644 "$ssh_key" "$root/var/lib/archibald/authorized_keys/$user"
fi
nix_options=()
if $offline; then nix_options+=(--option substituters ''); fi
nixos-install --root "$root" --flake "$root/etc/nixos#$variant" --no-root-passwd --no-channel-copy "${nix_options[@]}"

if [ "$variant" = archibaldOS ]; then
  if [ -n "$password_file" ]; then
    IFS= read -r password < "$password_file" || true
    printf '%s:%s\n' "$user" "$password" | nixos-enter --root "$root" --command chpasswd
  else
    echo "Password of $user:"
    nixos-enter --root "$root" --command "passwd $user"
  fi
  if [ -n "$ssh_key" ]; then
    home=$root/home/$user/.ssh
    install -D -m 600 "$ssh_key" "$home/authorized_keys"
    nixos-enter --root "$root" --command "chown -R $user:users /home/$user/.ssh && chmod 700 /home/$user/.ssh"
  fi
fi
umount -R "$root"
echo "Done. Take the medium out and restart; later: sudo nixos-rebuild switch --flake /etc/nixos#$variant"
