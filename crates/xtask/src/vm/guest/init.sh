#!/bin/busybox sh
# shellcheck shell=dash
# Loads what the root file system lies on, and the test's own sound cards and radios, which a pedal has in its kernel's first
# seconds: what is measured afterwards begins with the first unit. Then it goes to the root.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/lib/$module" 2> /dev/null; done < /lib/order
if grep -q 'vm\.test=display' /proc/cmdline; then
  # The picture comes before everything else, as by modules/pedal/splash.nix; what the display would be sent is compared later.
  lcd-splash starting --wait 5 --model v3 --wires /starting.wires > /dev/ttyS0 2>&1
  cut -d ' ' -f 1 /proc/uptime > /starting.at
fi
looks=0
until disk=$(findfs LABEL=root 2> /dev/null); do
  looks=$((looks + 1)); [ "$looks" -lt 100 ] || break
  sleep 0.1
done
lost() { echo 'VM failed no root file system' > /dev/ttyS0; poweroff -f; }
if grep -q 'vm\.readonly' /proc/cmdline; then
  # As modules/pedal/read-only-root.nix lays it out: the card is only read, / is memory, and what changes lies elsewhere (here in
  # memory, too; on a pedal on a partition of its own).
  mkdir /card /data
  mount -t ext4 -o ro,noatime "$disk" /card || lost
  mount -t tmpfs -o mode=755,size=64M none /root
  mount -t tmpfs -o mode=755,size=400M none /data
  cd /card || lost
  for name in *; do
    if [ -L "$name" ]; then cp -P "$name" /root/; else mkdir -p "/root/$name"; fi
  done
  chmod 1777 /root/tmp
  chmod 700 /root/root
  for name in usr nix boot; do
    mount -o bind "/card/$name" "/root/$name"
    mount -o remount,bind,ro "/root/$name"
  done
  for name in etc home root var; do
    cp -a "/card/$name" /data/
    mount -o bind "/data/$name" "/root/$name"
  done
  cd /
else
  mount -t ext4 -o noatime "$disk" /root || lost
fi
mount -o bind /proc /root/proc
mount -o bind /sys /root/sys
if [ -e /starting.wires ]; then
  cp /starting.wires /root/var/lib/vm-starting.wires
  cp /starting.at /root/var/lib/vm-starting.at
fi
# What a boot is to do without stands on the command line.
without=$(sed -n 's/.*vm\.without=\([a-z0-9_,-]*\).*/\1/p' /proc/cmdline)
wanted=
# shellcheck disable=SC2013  # words of one line
for module in $(cat /root/etc/vm-modules); do
  case ",$without," in *",$module,"*) ;; *) wanted="$wanted $module" ;; esac
done
# shellcheck disable=SC2086  # a list of names
chroot /root /sbin/modprobe -a $wanted 2> /dev/ttyS0
umount /root/proc
umount /root/sys
exec switch_root /root /lib/systemd/systemd
