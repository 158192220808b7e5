#!/usr/bin/env bash
# Runs the shell scripts of pedal, board, runner and VM against stand-ins for jackd, amixer, probe-rs, nmcli and QEMU, and
# checks what they call. Usage: checks/scripts/appliances.sh (needs only bash, coreutils and grep). One line per promise.
# shellcheck disable=SC2016  # the bodies of stand-ins are expanded when those run
set -euo pipefail
modules=$(cd "$(dirname "$0")/../../modules" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

expect() { # PROMISE EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    echo "ok   $1"
  else
    echo "FAIL $1: expected '$2', got '$3'"
    failed=1
  fi
}
# A stand-in that writes its arguments to calls and then runs BODY.
fake() { # NAME [BODY]
  mkdir -p "$work/bin"
  printf '#!/usr/bin/env bash\necho "%s $*" >> "%s/calls"\n%s\n' "$1" "$work" "${2-}" > "$work/bin/$1"
  chmod +x "$work/bin/$1"
}
run() { # SCRIPT, with the shell options that writeShellApplication sets
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH bash -euo pipefail "$modules/$1" "${@:2}" > "$work/out" 2> "$work/err" || status=$?
}
called() { grep -c -- "$1" "$work/calls" || true; }

# JACK's command line
fake jackd
fake sleep
export ASOUND=$work/asound
mkdir -p "$ASOUND/IQaudIOCODEC" "$ASOUND/card0"
export JACK_SAMPLE_RATE=48000 JACK_PERIOD=128 JACK_NPERIODS=2 JACK_RTPRIO=75 JACK_PORT_MAX=256
JACK_DEVICE=hw:IQaudIOCODEC run pedal/jackdrc.sh
expect "jackdrc: command line of a card" \
  "jackd -R -P 75 -t 2000 -p 256 -d alsa -d hw:IQaudIOCODEC -r 48000 -p 128 -n 2 -X seq -s" "$(cat "$work/calls")"
JACK_DRIVER=dummy JACK_SYNC=1 run pedal/jackdrc.sh
expect "jackdrc: command line without a card" "jackd -R -P 75 -t 2000 -p 256 -S -d dummy -r 48000 -p 128" "$(cat "$work/calls")"
JACK_SOFT=0 run pedal/jackdrc.sh
expect "jackdrc: soft mode off" 0 "$(called ' -s$')"
JACK_PERIOD='64; reboot' run pedal/jackdrc.sh
expect "jackdrc: a period that is no number ends with 2" 2 "$status"
expect "jackdrc: and starts nothing" 0 "$(called jackd)"
expect "jackdrc: and says which value" 1 "$(grep -c "JACK_PERIOD is '64; reboot'" "$work/err")"
JACK_NPERIODS='' run pedal/jackdrc.sh
expect "jackdrc: a missing value ends with 2" 2 "$status"

JACK_DEVICE=hw:Late,0 run pedal/jackdrc.sh
expect "jackdrc: a card that comes late is waited for" 50 "$(called 'sleep 0.1')"
expect "jackdrc: and then left to the server's own words" 1 "$(called 'jackd .*hw:Late,0')"
JACK_DEVICE=hw:0 run pedal/jackdrc.sh
expect "jackdrc: a card by its number" "0 1" "$(called sleep) $(called 'jackd .*hw:0')"

rm "$work/bin/sleep"

fake jack-ready
JACK_READY=$work/bin/jack-ready run pedal/jackdrc.sh
expect "jackdrc: started by hand, it tells nobody" 0 "$(called jack-ready)"
JACK_READY=$work/bin/jack-ready NOTIFY_SOCKET=$work/notify run pedal/jackdrc.sh
for _ in $(seq 50); do if [ "$(called jack-ready)" = 1 ]; then break; fi; sleep 0.1; done
expect "jackdrc: as a service, it leaves somebody behind who tells systemd" "1 1" "$(called jack-ready) $(called jackd)"

# Whether JACK answers
socket() { python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"; }
export SHM=$work/shm
mkdir "$SHM"
fake jack_wait 'n=$(grep -c jack_wait "'"$work"'/calls"); if [ "$n" -ge 3 ]; then echo running; else echo "not running"; fi'
sed 's/look < 300/look < 20/' "$modules/pedal/jack-ready.sh" > "$work/jack-ready.sh"
ready() {
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH bash -euo pipefail "$work/jack-ready.sh" > /dev/null 2>&1 || status=$?
}
ready
expect "jack-ready: without a socket nobody is asked, and it ends" "1 0" "$status $(called jack_wait)"
socket "$SHM/jack_default_0"
mkdir -p "$ASOUND/IQaudIOCODEC/pcm0p/sub0"
echo closed > "$ASOUND/IQaudIOCODEC/pcm0p/sub0/status"
ready
expect "jack-ready: before the card is open it is asked seldom" "1 2" "$status $(called 'jack_wait --check')"
echo "state: RUNNING" > "$ASOUND/IQaudIOCODEC/pcm0p/sub0/status"
ready
expect "jack-ready: ends with the first answer" "0 3" "$status $(called 'jack_wait --check')"
fake systemd-notify
NOTIFY_SOCKET=$work/notify ready
expect "jack-ready: and systemd is told" "0 1" "$status $(called 'systemd-notify --ready')"
run pedal/jackdrc.sh
expect "jackdrc: the socket of a dead server goes, and only that" 0 "$(find "$SHM" -name 'jack_default*' | grep -c . || true)"

# The codec's first settings
fake amixer 'case $* in
  *scontrols) sed -n "s/^sset \('"'"'[^'"'"']*'"'"'\).*/Simple mixer control \1,0/p" "$(dirname "$0")/../calls" | grep -v "Mic 2" ;;
  *) cat >> "$(dirname "$0")/../calls" ;;
esac'
fake alsactl
sed "s|/var/lib/alsa/asound.state|$work/asound.state|g" "$modules/board/codec-mixer.sh" > "$work/codec-mixer.sh"
codec() {
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH CARD=$1 bash -euo pipefail "$work/codec-mixer.sh" > "$work/out" 2> "$work/err" || status=$?
}
codec IQaudIOCODEC
expect "codec: the guitar's input is turned on" 1 "$(called "sset 'Aux' '47' 'unmute'")"
expect "codec: the dry path is off" 2 "$(called "Mixout .* Aux .*'off'")"
expect "codec: a control that is not there does not stop the rest" "0 1" "$status $(called 'alsactl store IQaudIOCODEC')"
expect "codec: it is named, and no other" "1 1" "$(grep -c "IQaudIOCODEC has no control 'Mic 2'" "$work/err") $(wc -l < "$work/err")"
expect "codec: the sound waits for one program" 1 "$(called 'amixer --quiet --card IQaudIOCODEC --stdin')"
printf 'state.IQaudIOCODEC {\n}\n' > "$work/asound.state"
codec IQaudIOCODEC
expect "codec: a card with saved settings is left alone" 0 "$(called .)"
codec audioinjectorpi
expect "codec: another card's settings do not count" 1 "$(called "sset 'Master' '121'")"

# The runner's probes
fake probe-rs 'case $1 in --version) echo 0.31.0 ;; list) printf "The following debug probes were found:\n[0]: J-Link (VID: 1366, PID: 0101)\n[1]: CMSIS-DAP (VID: 0d28, PID: 0204)\n" ;; esac'
EXPECTED_PROBES=2 run runner/smoke-check.sh
expect "smoke check: two of two probes" "0 1" "$status $(grep -c 'probes found: 2' "$work/out")"
EXPECTED_PROBES=3 run runner/smoke-check.sh
expect "smoke check: two of three probes fail" 1 "$status"
fake probe-rs 'case $1 in --version) echo 0.31.0 ;; list) echo "No debug probes were found." ;; esac'
run runner/smoke-check.sh
expect "smoke check: none expected, none found" 0 "$status"

# The hotspot
fake nmcli 'case "$*" in *"connection show"*) echo home ;; *passwd-file*) cp "${@: -1}" '"$work"'/secrets ;; esac'
fake chgrp
sed "s|/var/lib/archibald|$work/state|g; s|/run/archibald|$work/run|g" "$modules/pedal/hotspot.sh" > "$work/hotspot.sh"
hotspot() {
  : > "$work/calls"
  PATH=$work/bin:$PATH SSID=pistomp INTERFACE=wlan0 OWNER=pistomp bash -euo pipefail "$work/hotspot.sh"
}
mkdir "$work/state" "$work/run"
hotspot
key=$(cat "$work/state/hotspot.key")
expect "hotspot: a key of 12 characters" 12 "${#key}"
expect "hotspot: readable by owner and group" 640 "$(stat -c %a "$work/state/hotspot.key")"
expect "hotspot: handed over by file" "802-11-wireless-security.psk:$key" "$(cat "$work/secrets")"
expect "hotspot: never an argument" 0 "$(called "$key")"
expect "hotspot: an access point" 1 "$(called '802-11-wireless.mode ap ipv4.method shared')"
expect "hotspot: shown in groups of four" "key ${key:0:4} ${key:4:4} ${key:8}" "$(sed -n 2p "$work/run/hotspot.txt")"
expect "hotspot: where to go" "http://10.42.0.1" "$(sed -n 3p "$work/run/hotspot.txt")"
expect "hotspot: shown to the owner only" 640 "$(stat -c %a "$work/run/hotspot.txt")"
touch "$work/run/hotspot-by-itself"
hotspot
expect "hotspot: the key stays" "$key" "$(cat "$work/state/hotspot.key")"
expect "hotspot: started by somebody it stays" 1 "$(test -e "$work/run/hotspot-by-itself"; echo $?)"

# The hotspot by itself. One line of `looks` is what NetworkManager says at one look: state, connection, cable, guests;
# the loop ends with the last one.
fake nmcli 'read -r state connection cable guests < '"$work"'/now
case "$*" in
  *DEVICE,STATE*) echo "eth0:disconnected:"; echo "wlan0:$state:${connection#-}" ;;
  *TYPE,STATE*) echo "ethernet:$cable" ;;
  *TYPE,AUTOCONNECT*) cat '"$work"'/profiles ;;
esac'
fake iw 'read -r state connection cable guests < '"$work"'/now; for ((n = 0; n < guests; n++)); do echo "Station 02:00:00:00:00:0$n (on wlan0)"; done'
fake systemctl 'case "$*" in *is-active*) test -e '"$work"'/stage ;; esac'
fake sleep 'sed -i 1d '"$work"'/looks; head -n 1 '"$work"'/looks > '"$work"'/now; [ -s '"$work"'/now ]'
sed "s|/run/archibald|$work/run|g" "$modules/pedal/wifi-check.sh" > "$work/wifi-check.sh"
wifi_check() { # LOOKS, each "COUNT STATE CONNECTION CABLE GUESTS"; 10 s between two
  : > "$work/calls"
  : > "$work/looks"
  for look in "$@"; do
    for ((n = 0; n < ${look%% *}; n++)); do echo "${look#* }" >> "$work/looks"; done
  done
  head -n 1 "$work/looks" > "$work/now"
  PATH=$work/bin:$PATH INTERFACE=wlan0 PAUSE=10 PATIENCE=45 RETRY=300 bash -euo pipefail "$work/wifi-check.sh" \
    > "$work/out" 2> "$work/err" || true
}
hotspot_calls() { grep -o 'systemctl [rs][et].*' "$work/calls" | tr '\n' ';'; }
echo 802-11-wireless:yes > "$work/profiles"
wifi_check "4 disconnected - unavailable 0"
expect "wifi-check: patient for 45 s" "" "$(hotspot_calls)"
wifi_check "4 disconnected - unavailable 0" "1 connected home unavailable 0" "4 disconnected - unavailable 0"
expect "wifi-check: a network in between starts the patience anew" "" "$(hotspot_calls)"
wifi_check "5 disconnected - unavailable 0"
expect "wifi-check: then the hotspot opens" "systemctl restart wifi-hotspot;" "$(hotspot_calls)"
expect "wifi-check: and is known as its own doing" 0 "$(test -e "$work/run/hotspot-by-itself"; echo $?)"
wifi_check "5 disconnected - connected 0"
expect "wifi-check: not with a network cable" "" "$(hotspot_calls)"
wifi_check "20 unavailable - unavailable 0"
expect "wifi-check: not with the radio off" "" "$(hotspot_calls)"
wifi_check "5 connecting - unavailable 0"
expect "wifi-check: a password that is refused again and again is no network" "systemctl restart wifi-hotspot;" "$(hotspot_calls)"
wifi_check "29 connected pistomp-hotspot unavailable 0"
expect "wifi-check: its hotspot stays for a while without a guest" "" "$(hotspot_calls)"
wifi_check "30 connected pistomp-hotspot unavailable 0"
expect "wifi-check: then known networks get a chance" "systemctl stop wifi-hotspot;" "$(hotspot_calls)"
wifi_check "29 connected pistomp-hotspot unavailable 0" "1 connected pistomp-hotspot unavailable 1" "29 connected pistomp-hotspot unavailable 0"
expect "wifi-check: a guest keeps it" "" "$(hotspot_calls)"
: > "$work/profiles"
wifi_check "90 connected pistomp-hotspot unavailable 0"
expect "wifi-check: with no network known there is nothing to return to" "" "$(hotspot_calls)"
echo 802-11-wireless:yes > "$work/profiles"
rm "$work/run/hotspot-by-itself"
wifi_check "90 connected pistomp-hotspot unavailable 0"
expect "wifi-check: a hotspot that somebody started stays" "" "$(hotspot_calls)"
touch "$work/run/hotspot-by-itself" "$work/stage"
wifi_check "90 connected pistomp-hotspot unavailable 0"
expect "wifi-check: on the stage the hotspot stays" "" "$(hotspot_calls)"
wifi_check "5 disconnected - connected 0"
expect "wifi-check: and comes back, cable or not" "systemctl restart wifi-hotspot;" "$(hotspot_calls)"
rm "$work/stage"
wifi_check "1 connected home unavailable 0"
expect "wifi-check: at home nothing is left behind" 1 "$(test -e "$work/run/hotspot-by-itself"; echo $?)"
rm "$work/bin/sleep"

# The rules of the stage, in a network of their own
if command -v nft > /dev/null && unshare --net true 2> /dev/null; then
  sed 's|@INTERFACE@|wlan0|; s|@NETWORK@|10.42.0.0/24|' "$modules/pedal/stage.nft" | sed 's|@INTERFACE@|wlan0|g' > "$work/stage.nft"
  stage() { unshare --net bash -euc "ip link set lo up; nft -f $work/stage.nft; nft -f $work/stage.nft; $1" 2>&1; }
  expect "stage: the rules can be made again and again" "1" "$(stage 'nft list tables' | grep -c archibald_stage)"
  expect "stage: what comes from outside is dropped" 1 "$(stage 'nft list chain inet archibald_stage input' | grep -c 'policy drop')"
  expect "stage: the pedal reaches itself" "1 received" "$(stage 'ping -c 1 -W 1 127.0.0.1' | grep -o '1 received')"
  expect "stage: nothing is left of them" 0 "$(stage 'nft delete table inet archibald_stage; nft list tables' | grep -c . || true)"
else
  echo "skip stage: needs nft and the right to make a network namespace"
fi

# An update from a stick
fake mount 'case "$*" in *sdbad*) exit 32 ;; *sdempty*) : ;; *) touch "${@: -1}/system" "${@: -1}/nix-cache-info" ;; esac'
fake umount 'rm -f "$1/system" "$1/nix-cache-info"'
fake archibald-update '[ "$(cat "'"$work"'/verdict")" = good ]'
sed "s|/run/archibald|$work/run|g" "$modules/tools/update-stick.sh" > "$work/update-stick.sh"
stick() {
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH KEY_FILE=/owner.pub UPDATE=archibald-update bash -euo pipefail "$work/update-stick.sh" "$1" > /dev/null 2>&1 || status=$?
}
echo good > "$work/verdict"
stick sda1
expect "stick: read only, nothing of it is run" 1 "$(called 'mount -o ro,nosuid,nodev,noexec /dev/sda1')"
expect "stick: only what the owner signed" "0 1" "$status $(called 'archibald-update stage --usb .* --key-file /owner.pub')"
expect "stick: staged, and no more" 1 "$(called archibald-update)"
expect "stick: the display says so" "Update ready: choose Update to try it" "$(cat "$work/run/update.txt")"
echo bad > "$work/verdict"
stick sda1
expect "stick: a refusal is told" "1 USB stick: update refused, nothing changed" "$status $(cat "$work/run/update.txt")"
stick sdempty
expect "stick: one without an update is left alone" "0 0" "$status $(called archibald-update)"
stick sdbad
expect "stick: one that cannot be read" "1 USB stick: cannot be read" "$status $(cat "$work/run/update.txt")"

# Backup to a stick and back
sed "s|/run/archibald|$work/run|g" "$modules/pedal/backup.sh" > "$work/backup.sh"
fake lsblk 'case "$*" in
  *NAME,TYPE,TRAN*) cat "'"$work"'/disks" ;;
  *MOUNTPOINT*/dev/sda) echo; echo / ;;
  *MOUNTPOINT*) echo ;;
  *NAME,FSTYPE*/dev/sdc) printf "/dev/sdc\n/dev/sdc1 swap\n/dev/sdc2 exfat\n" ;;
  *NAME,FSTYPE*) printf "/dev/sda\n/dev/sda1 vfat\n/dev/sda2 ext4\n" ;;
esac'
fake mount 'case "$*" in *uid=*) [ ! -e "'"$work"'/owners" ] ;; *) [ ! -e "'"$work"'/unreadable" ] ;; esac'
fake umount '[ ! -e "'"$work"'/busy" ]'
fake setpriv 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
fake id 'echo 990'
fake chown
fake systemctl
fake pedald 'echo "note: something"; cat "'"$work"'/verdict"; [ ! -e "'"$work"'/fails" ]'
backup() {
  : > "$work/calls"
  rm -f "$work/run/backup.txt"
  status=0
  PATH=$work/bin:$PATH OWNER=pedald GROUP=pistomp PEDALD=pedald bash -euo pipefail "$work/backup.sh" "$1" > /dev/null 2>&1 || status=$?
}
shown() { cat "$work/run/backup.txt"; }
printf '/dev/mmcblk0 disk \n/dev/sda disk usb\n/dev/sdb disk sata\n' > "$work/disks"
backup backup
expect "backup: neither the system's own disk nor one that is no USB stick" "1 0" "$status $(called '^mount')"
expect "backup: no stick is told" "error: there is no USB stick that can be used; put one in and try again" "$(shown)"
printf '/dev/sda disk usb\n/dev/sdc disk usb\n' > "$work/disks"
echo "3 boards and 40 files are in archibald-backup-x.tar.zst, 2 MB" > "$work/verdict"
backup backup
expect "backup: the first partition with a file system, nothing of it is run" 1 "$(called 'mount -o rw,nosuid,nodev,noexec,uid=990,gid=990 /dev/sdc2')"
expect "backup: packed as the control service's user" "0 1 1" \
  "$status $(called 'setpriv --reuid pedald --regid pistomp') $(called '^pedald backup .*/stick/archibald-backups')"
expect "backup: the stick is let go before the display says so" "umount" "$(tail -n 1 "$work/calls" | cut -d' ' -f1)"
expect "backup: what was written is told" "3 boards and 40 files are in archibald-backup-x.tar.zst, 2 MB. The stick can be pulled" "$(shown)"
touch "$work/owners"
backup backup
expect "backup: a file system with owners" "0 2" "$status $(called '^mount')"
touch "$work/unreadable"
backup backup
expect "backup: one that cannot be read" "1 error: the USB stick cannot be read" "$status $(shown)"
rm "$work/owners" "$work/unreadable"
touch "$work/busy"
backup backup
expect "backup: a stick that cannot be let go is no success" 1 "$status"
rm "$work/busy"
touch "$work/fails"
echo "error: x is full: 40 MB are needed, 3 MB are free" > "$work/verdict"
backup backup
expect "backup: a refusal is told" "1 error: x is full: 40 MB are needed, 3 MB are free" "$status $(shown)"
backup restore
expect "restore: a refusal restarts nothing" "1 0" "$status $(called systemctl)"
rm "$work/fails"
echo "archibald-backup-x.tar.zst is whole, and takes its place at the service's next start" > "$work/verdict"
backup restore
expect "restore: read only" 1 "$(called 'mount -o ro,nosuid,nodev,noexec')"
expect "restore: the control service starts anew, the engine does not" "0 1" "$status $(called '^systemctl --no-block restart mod-ui.service$')"
backup nonsense
expect "backup: nothing else" "64 0" "$status $(called '^mount')"

# The build in a container
fake docker 'case "$1" in info) cat "'"$work"'/architecture" ;; run) : ;; esac'
mkdir -p "$work/repository/hosts/pistomp-pi4" && cp "$modules/../build-docker.sh" "$work/repository/"
docker() {
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH bash "$work/repository/build-docker.sh" "$@" > "$work/out" 2> "$work/err" || status=$?
}
echo aarch64 > "$work/architecture"
docker
expect "docker: natively on ARM, the repository read only" "0 1" "$status $(called 'docker run .*:/source:ro .* TARGET=pistomp-pi4 ')"
echo x86_64 > "$work/architecture"
docker pistomp-pi4
expect "docker: across on x86" 1 "$(called 'TARGET=pistomp-pi4-cross')"
docker 'pistomp-pi9'
expect "docker: an unknown board starts nothing" "64 0" "$status $(called 'docker run')"

# The VM without libvirt
fake qemu-img 'touch "${@: -1}"'
fake qemu-system-x86_64
printf 'image=/image.qcow2 cores=2 memory=4096\n' | cat - "$modules/vm/run-nixos-vm.sh" > "$work/run-nixos-vm.sh"
vm() {
  : > "$work/calls"
  PATH=$work/bin:$PATH ARCHIBALD_VM_DISK=$work/vm.qcow2 ARCHIBALD_VM_BRIDGE=none-such bash -euo pipefail "$work/run-nixos-vm.sh" "$@" \
    > "$work/out" 2> "$work/err"
}
vm -vga none
expect "VM: an overlay over the image" 1 "$(called 'qemu-img create -q -f qcow2 -b /image.qcow2')"
expect "VM: SSH on the loopback only" 1 "$(called 'hostfwd=tcp:127.0.0.1:2222-192.168.122.2:22,')"
expect "VM: the network that the guest expects" 1 "$(called 'net=192.168.122.0/24,host=192.168.122.254,dns=192.168.122.1,')"
expect "VM: cores and memory" 1 "$(called '-smp 2 -m 4096 ')"
expect "VM: further arguments are passed on" 1 "$(called '-vga none$')"
vm
expect "VM: the disk is kept" 0 "$(called qemu-img)"
vm --help
expect "VM: help starts nothing" 0 "$(called .)"

# A card that is only read
fake mount
fake sync
fake update 'exit 7'
run pedal/writable.sh update now
expect "writable: the card is written for one command and then no more" \
  "mount -o remount,rw /card|mount -o remount,bind,rw /nix|mount -o remount,bind,rw /boot|update now|sync |mount -o remount,bind,ro /boot|mount -o remount,bind,ro /nix|mount -o remount,ro /card|" \
  "$(tr '\n' '|' < "$work/calls")"
expect "writable: the command's failure is told" 7 "$status"
run pedal/writable.sh
expect "writable: without a command nothing is remounted" "64 0" "$status $(called mount)"
fake mount 'if [ "$*" = "-o remount,ro /card" ]; then exit 32; fi'
run pedal/writable.sh true
expect "writable: a card that is still written to is named" "0 1" "$status $(grep -c 'stays writable' "$work/err")"

# The data partition
mkdir -p "$work/sys/class/block/mmcblk0p3"
echo 3 > "$work/sys/class/block/mmcblk0p3/partition"
ln -sf /dev/mmcblk0p3 "$work/archibald-data"
export SYS=$work/sys DATA=$work/archibald-data
fake lsblk 'echo mmcblk0'
fake growpart
fake resize2fs
run pedal/grow-data.sh
expect "data: partition and file system grow" "growpart /dev/mmcblk0 3|resize2fs /dev/mmcblk0p3" \
  "$(grep -v lsblk "$work/calls" | tr '\n' '|' | sed 's/|$//')"
fake growpart 'exit 1'
run pedal/grow-data.sh
expect "data: no room is no failure" 0 "$status"
fake growpart 'exit 2'
run pedal/grow-data.sh
expect "data: a failure stops before the file system" "2 0" "$status $(called resize2fs)"

exit "$failed"
