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

# The codec's first settings
fake amixer 'case "$*" in *"Mic 2"*) exit 1 ;; esac'
fake alsactl
sed "s|/var/lib/alsa/asound.state|$work/asound.state|g" "$modules/board/codec-mixer.sh" > "$work/codec-mixer.sh"
codec() {
  : > "$work/calls"
  status=0
  PATH=$work/bin:$PATH CARD=$1 bash -euo pipefail "$work/codec-mixer.sh" > "$work/out" 2> "$work/err" || status=$?
}
codec IQaudIOCODEC
expect "codec: the guitar's input is turned on" 1 "$(called '--card IQaudIOCODEC sset Aux 47 unmute')"
expect "codec: the dry path is off" 2 "$(called 'Mixout .* Aux .* off')"
expect "codec: a control that fails does not stop the rest" "0 1" "$status $(called 'alsactl store IQaudIOCODEC')"
expect "codec: it is named" 1 "$(grep -c "no control 'Mic 2'" "$work/err")"
printf 'state.IQaudIOCODEC {\n}\n' > "$work/asound.state"
codec IQaudIOCODEC
expect "codec: a card with saved settings is left alone" 0 "$(called .)"
codec audioinjectorpi
expect "codec: another card's settings do not count" 1 "$(called 'sset Master 121')"

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
sed "s|/var/lib/archibald|$work/state|g" "$modules/pedal/hotspot.sh" > "$work/hotspot.sh"
hotspot() {
  : > "$work/calls"
  PATH=$work/bin:$PATH SSID=pistomp INTERFACE=wlan0 OWNER=pistomp bash -euo pipefail "$work/hotspot.sh"
}
mkdir "$work/state"
hotspot
key=$(cat "$work/state/hotspot.key")
expect "hotspot: a key of 12 characters" 12 "${#key}"
expect "hotspot: readable by owner and group" 640 "$(stat -c %a "$work/state/hotspot.key")"
expect "hotspot: handed over by file" "802-11-wireless-security.psk:$key" "$(cat "$work/secrets")"
expect "hotspot: never an argument" 0 "$(called "$key")"
expect "hotspot: an access point" 1 "$(called '802-11-wireless.mode ap ipv4.method shared')"
hotspot
expect "hotspot: the key stays" "$key" "$(cat "$work/state/hotspot.key")"

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
expect "VM: the network that the guest expects" 1 "$(called 'net=192.168.122.0/24,host=192.168.122.1')"
expect "VM: cores and memory" 1 "$(called '-smp 2 -m 4096 ')"
expect "VM: further arguments are passed on" 1 "$(called '-vga none$')"
vm
expect "VM: the disk is kept" 0 "$(called qemu-img)"
vm --help
expect "VM: help starts nothing" 0 "$(called .)"

exit "$failed"
