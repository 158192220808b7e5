#!/bin/sh
# A full disk: nothing is lost, and sound comes back after a kill. Sourced by main.sh.
check full.ground until_true 20 grep -q swh-plugins/amp /var/lib/archibald-engine/board.json
say "mark full-disk $(frames)"
dd if=/dev/zero of=/filler bs=1M 2> /dev/null
dd if=/dev/zero of=/filler2 bs=4k 2> /dev/null
ask 'param_set 1 gain -7'
sleep 2
printf 'HOSTNAME=full\n' >> /boot/firmware/pistomp.conf
/nix/store/archibald-provision*/bin/archibald-provision > /run/vm-full 2>&1
check full.says-so grep -q 'make room on the disk\|No space' /run/vm-full
check full.name-stays grep -qx stage-left /etc/hostname
systemctl kill --signal KILL mod-host
sleep 3
check full.engine-back active mod-host
check full.board-file-whole grep -q swh-plugins/amp /var/lib/archibald-engine/board.json
check full.board-plays sh -c "printf 'param_get 1 gain\\0' | timeout 10 nc -U -N $socket | tr -d '\\0' | grep 'resp 0'"
rm /filler /filler2
systemctl restart archibald-provision
check full.done-with-room grep -qx full /etc/hostname
ask 'param_set 1 gain -8'
check full.kept-with-room until_true 10 grep -q -- '-8' /var/lib/archibald-engine/board.json
check full.bundle-whole grep -q swh-plugins/amp /home/pistomp/data/.pedalboards/vm.pedalboard/vm.ttl
