#!/bin/sh
# The pictures for the time without the control service. There is no display here, so what one would be sent goes into files: in the
# initial RAM disk (init.sh), and at the very end, from a last RAM disk that is laid out as NixOS does it. Sourced by main.sh.
splash=/usr/local/bin/lcd-splash
check provision.ran until_true 60 active archibald-provision
$splash starting --model v3 --wires /run/starting.wires
check display.starts-before-the-first-unit cmp /var/lib/vm-starting.wires /run/starting.wires
say "told display: picture in the initial RAM disk at $(cat /var/lib/vm-starting.at) s, user space from $(systemctl show --property UserspaceTimestampMonotonic --value) us"
check display.no-display-is-no-failure sh -c "$splash starting 2>&1 | grep 'no picture'"
$splash poweroff --model v3 --wires /run/poweroff.wires
check display.pictures-differ sh -c '! cmp -s /run/starting.wires /run/poweroff.wires'
# systemd's last program, the picture, and what they need. The folder is the one of Debian's systemd; that of NixOS is below /etc.
last=/run/initramfs
mkdir -p $last
mount -t tmpfs -o mode=700 tmpfs $last
mkdir -p $last/etc $last/bin $last/usr $last/lib/systemd/system-shutdown $last/proc $last/sys $last/dev $last/run $last/oldroot
ln -s ../lib $last/usr/lib
for program in /lib/systemd/systemd-shutdown $splash /bin/dash /usr/bin/cmp; do
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$last${library%/*}"
    cp -L "$library" "$last$library"
  done
done
cp /lib/systemd/systemd-shutdown $last/shutdown
cp /bin/dash $last/bin/sh
cp $splash /usr/bin/cmp $last/bin/
cp /run/poweroff.wires $last/expected
touch $last/etc/initrd-release $last/etc/os-release
cat > $last/lib/systemd/system-shutdown/lcd-splash <<'END'
#!/bin/sh
# As systemd calls it, with one word; the rest is for a machine without a display.
say() { echo "VM $*" > /dev/ttyS0; }
disks=
while read -r what where kind rest; do
  case $kind in ext4|vfat) disks="$disks $what:$where" ;; esac
done < /proc/mounts
if [ -z "$disks" ]; then say "check display.file-systems-are-gone passed"; else say "check display.file-systems-are-gone failed$disks"; fi
if [ "$1" = poweroff ]; then say "check display.word passed"; else say "check display.word failed $1"; fi
/bin/lcd-splash "$1" --model v3 --wires /wires
if /bin/cmp /expected /wires; then say "check display.safe-to-power-off passed"; else say "check display.safe-to-power-off failed"; fi
say "end $1"
END
chmod 755 $last/lib/systemd/system-shutdown/lcd-splash $last/shutdown $last/bin/*
keep_journal
systemctl poweroff
sleep 120
say "failed the machine did not switch itself off"
