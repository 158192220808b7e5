#!/bin/sh
# Runs inside the machine and tells the host by lines `VM key value` on the serial port. What to try stands on the kernel's
# command line as vm.test=NAME.
exec 2>/run/vm-guest.log
set -x
test=$(sed -n 's/.*vm\.test=\([a-z]*\).*/\1/p' /proc/cmdline)
socket=/run/archibald-engine/engine.sock
say() { echo "VM $*" > /dev/ttyS0; }
# The machine's own clock, so that the host can tell a slow host from a machine that hangs.
(while :; do read -r up _ < /proc/uptime; say "at $up"; sleep 4; done) &
# The disk to record on is known by its size, 128 MiB: the kernel numbers modules of memory as it likes.
record=$(grep -lx 262144 /sys/class/block/pmem*/size | sed 's,.*/\(pmem[0-9]*\)/size,/dev/\1,')
ask() { printf '%s\0' "$1" | timeout 10 nc -U -N "$socket" | tr -d '\0'; }
property() { systemctl show --property "$2" --value "$1"; }
until_true() { # SECONDS COMMAND…
  limit=$(($1 * 10)); shift
  while ! "$@" > /dev/null 2>&1; do
    limit=$((limit - 1)); [ "$limit" -gt 0 ] || return 1
    sleep 0.1
  done
}
active() { [ "$(property "$1" ActiveState)" = active ]; }
check() { # NAME COMMAND…
  name=$1; shift
  if "$@" > /run/vm-check 2>&1; then say "check $name passed"; else say "check $name failed $(tr '\n' ' ' < /run/vm-check | tail -c 300)"; fi
}
engine_has_control() { ss -x state connected 2> /dev/null | grep -q "$socket"; }
frames() { echo $(($(stat -c %s /run/rec.0) / 4)); }
finish() {
  # Everything that was logged, behind what was recorded: on the serial port it would take a quarter of a minute.
  {
    journalctl -b --no-pager -o short-monotonic
    echo "-- units: start and end of their start, in microseconds"
    systemctl show --all --property Id,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic \
      '*.service' '*.mount' '*.target' '*.socket' '*.device' '*.slice' | paste -sd ' ' | sed 's/  /\n/g'
    echo "-- critical chain"
    systemd-analyze critical-chain mod-host.service mod-ui.service --no-pager
    echo "-- the test's own shell"
    tail -n 40 /run/vm-guest.log
  } > /run/vm-journal 2>&1
  dd if=/run/vm-journal of="$record" bs=1M seek=112 conv=notrunc,fsync 2> /dev/null
  say "journal $(stat -c %s /run/vm-journal)"
  say "end $(cut -d' ' -f1 /proc/uptime)"
  sync
  echo o > /proc/sysrq-trigger
  sleep 60
}

# In the seed's order: one after the other, once everything else is up. The host has taken the units out of the boot.
if [ "$test" = serial ]; then
  # Waits without looking: each look would make the machine slower.
  timeout 120 systemctl is-system-running --wait > /dev/null
  # The seed's first boot comes when the chain plays; only what the server has to know is before it.
  systemctl start boot-firmware.mount
  for unit in archibald-provision-audio jack mod-host mod-ui archibald-provision; do
    # By itself: a unit would bring along those that it wants.
    systemctl cat "$unit" > /dev/null && systemctl start --job-mode ignore-dependencies "$unit"
  done
fi

# Looked at seldom: each look takes some of the time that is being measured.
sounds() { active mod-host || { sleep 0.9; false; }; }
until_true 12 sounds || { say "failed the engine did not start"; finish; }
say "userspace-us $(systemctl show --property UserspaceTimestampMonotonic --value)"
say "sound-us $(property mod-host ActiveEnterTimestampMonotonic)"
for unit in systemd-udev-trigger sysinit.target basic.target boot-firmware.mount codec-mixer \
  archibald-provision-audio archibald-provision archibald-dry-through jack mod-host mod-ui; do
  say "unit $unit $(property $unit ActiveState) $(property $unit InactiveExitTimestampMonotonic) $(property $unit ActiveEnterTimestampMonotonic)"
done
say "kernel $(uname -r) $(uname -v)"
[ "$test" != serial ] || finish
if [ "$test" = boot ]; then
  check provision.ran until_true 60 active archibald-provision
  finish
fi

make_board() { # GAIN
  ask 'remove -1'
  ask 'add http://plugin.org.uk/swh-plugins/amp 1'
  ask "param_set 1 gain $1"
  ask 'connect system:capture_1 effect_1:input'
  ask 'connect effect_1:output system:playback_1'
}

if [ "$test" = cut ]; then
  # What was the board before the power went? The host knows which one we had called safe.
  gain=$(ask 'param_get 1 gain' | sed 's/^resp 0 //')
  bundle=/home/pistomp/data/.pedalboards/vm.pedalboard
  whole=$(grep -q swh-plugins/amp $bundle/vm.ttl && grep -q GraphPrototype $bundle/manifest.ttl &&
    grep -q vm.pedalboard /home/pistomp/data/last.json && echo whole)
  # Provisioning goes on while the sound is there already.
  until_true 30 active archibald-provision
  say "board ${gain:-none} provisioned $(cat /etc/hostname) period $(sed -n 's/JACK_PERIOD=//p' /var/lib/archibald/jack | tr '\n' ' ')bundle ${whole:-broken}"
  [ -n "$(ask 'param_get 1 gain' | grep 'resp 0')" ] || make_board -6
  number=$(sed -n 's/.*vm\.number=\([0-9]*\).*/\1/p' /proc/cmdline)
  while :; do
    number=$((number + 1))
    # Told before it is asked: what was never told must not be found after the cut.
    say "asked -$((number % 60)).5"
    ask "param_set 1 gain -$((number % 60)).5"
    until_true 10 grep -q -- "-$((number % 60)).5" /var/lib/archibald-engine/board.json
    # The engine has put the file in its place, and still has to tell the disk about the folder.
    sleep 1
    say "safe -$((number % 60)).5"
  done
fi

if [ "$test" = chain ]; then
  # Somebody's network at home, on the second radio, with the password of the owner's file.
  cat > /run/ap.conf <<-END
	network={
	  ssid="My Home"
	  mode=2
	  frequency=2412
	  key_mgmt=WPA-PSK
	  proto=RSN
	  pairwise=CCMP
	  psk="correct horse"
	}
	END
  wpa_supplicant -B -i wlan1 -c /run/ap.conf -P /run/ap.pid > /run/ap.log 2>&1
fi

# 1. Provisioning.
check provision.ran until_true 60 active archibald-provision
check provision.hostname grep -qx stage-left /proc/sys/kernel/hostname
check provision.wifi-profile test "$(stat -c %a /etc/NetworkManager/system-connections/preconfigured.nmconnection)" = 600
check provision.password-hashed grep -q '^pistomp:\$y\$' /etc/shadow
check provision.secrets-removed sh -c '! grep -e hushhush -e "correct horse" /boot/firmware/pistomp.conf'
check provision.key grep -q guitarist@laptop /home/pistomp/.ssh/authorized_keys
check provision.bad-line-named grep -q TIMEZONE /run/archibald/provision.txt
check provision.period sh -c 'tr "\0" " " < /proc/$(pidof jackd)/cmdline | grep -e "-p 1024 -n 2"'
check provision.wifi-known until_true 60 sh -c 'nmcli -g 802-11-wireless.ssid connection show preconfigured | grep -x "My Home"'
if [ "$test" = second ]; then
  check provision.nothing-again sh -c 'journalctl -b -u "archibald-provision*" --no-pager | grep "done:" | grep -v "radio: done"; test $? = 1'
  finish
fi

# 2. The chain, as people know it.
check names.status systemctl status jack mod-host archibald-engine
if [ "$test" = readonly ]; then
  check root.is-memory sh -c 'findmnt --noheadings --output FSTYPE / | grep -x tmpfs'
  check root.store-is-only-read sh -c '! touch /nix/store/mine && ! touch /usr/mine'
  check root.no-failed-unit sh -c 'systemctl --failed --no-legend --plain | grep -v NetworkManager-wait-online; test $? = 1'
  until_true 60 active mod-ui
  check root.board-of-the-last-time until_true 20 grep -q swh-plugins/amp /var/lib/archibald-engine/board.json
  ask 'param_set 1 gain -9'
  check root.a-change-is-kept until_true 10 grep -q -- '-9' /var/lib/archibald-engine/board.json
  before=$(property mod-host MainPID)
  systemctl kill --signal KILL mod-host
  sleep 3
  check root.engine-back sh -c "systemctl is-active mod-host && test $(property mod-host MainPID) != $before"
  finish
fi
engine=$(property mod-host MainPID)
check chain.user test "$(ps -o user:32= -p "$engine")" = archibald-engine
check chain.cores sh -c "taskset -cp $engine | grep ': 2,3'"
check chain.server-priority sh -c 'ps -L -o cls= -o rtprio= -p $(pidof jackd) | grep -E "FF +75"'
check chain.engine-priority sh -c "ps -L -o cls= -o rtprio= -p $engine | grep -E 'FF +70'"
check chain.no-failed-unit sh -c 'systemctl --failed --no-legend --plain | grep -v NetworkManager-wait-online; test $? = 1'
until_true 60 active mod-ui
for unit in jack mod-host mod-ui archibald-dry-through; do
  id=$(property $unit MainPID) && say "memory $unit $(awk '/^Pss:/{p+=$2} /^Pss_Shmem:/{s+=$2} END{print p, s}' "/proc/$id/smaps_rollup")"
done
# 3. A tone in, the tone out: 6 dB less through the engine, at full level when the engine is down. The control service is there
# all the time, as on a stage.
say "mark before $(frames)"
check chain.board-of-the-last-time until_true 20 sh -c "grep -q swh-plugins/amp /var/lib/archibald-engine/board.json"
sleep 1
say "mark steady $(frames)"
sleep 2
say "mark kill-engine $(frames)"
control=$(property mod-ui MainPID)
systemctl kill --signal KILL mod-host
sleep 4
check control.stays-when-the-engine-dies test "$(property mod-ui MainPID)" = "$control"
check control.connected-again until_true 10 engine_has_control
say "mark kill-jack $(frames)"
before=$(property mod-host MainPID)
systemctl kill --signal KILL jack
sleep 6
check chain.cascade-after-kill sh -c "test $(property mod-host MainPID) != $before"
say "mark kill-control $(frames)"
before=$(property mod-ui MainPID)
engine=$(property mod-host MainPID)
systemctl kill --signal KILL mod-ui
sleep 4
check control.back active mod-ui
check control.new-process sh -c "test $(property mod-ui MainPID) != $before"
check control.engine-untouched sh -c "test $(property mod-host MainPID) = $engine"
# 4. A press on the first footswitch, as the simulated pedal's page sends it: the amplifier is bypassed, and comes back.
foot() {
  {
    printf 'GET /simulate/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    printf 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    sleep 0.5
    for down in true false; do
      text="{\"do\":\"press\",\"encoder\":false,\"index\":0,\"down\":$down}"
      # A text frame of a client. Its mask is four zeros, so the text stands there as it is.
      printf '\201'
      # shellcheck disable=SC2059
      printf "\\$(printf %o $((128 + ${#text})))"
      printf '\000\000\000\000%s' "$text"
      sleep 0.15
    done
    sleep 1.5
  } | timeout 10 nc 127.0.0.1 80 | head -c 500 | tr -d '\r' > /run/vm-foot
}
mkdir -p /run/systemd/system/mod-ui.service.d
printf '[Service]\nExecStart=\n%s "--simulate" "v3"\n' "$(grep ^ExecStart= /etc/systemd/system/mod-ui.service)" \
  > /run/systemd/system/mod-ui.service.d/simulate.conf
systemctl daemon-reload
systemctl restart mod-ui
check foot.control-with-a-simulated-pedal until_true 20 active mod-ui
sleep 1
say "mark foot-before $(frames)"
sleep 0.5
say "mark foot-bypasses $(frames)"
foot
check foot.socket-opens grep -aq '101 Switching Protocols' /run/vm-foot
say "mark foot-returns $(frames)"
foot
say "mark foot-after $(frames)"
rm -r /run/systemd/system/mod-ui.service.d
systemctl daemon-reload
if [ "$test" = chain ]; then
  systemctl restart mod-ui
  until_true 20 active mod-ui
  say "mark restart-jack $(frames)"
  before="$(property jack MainPID) $(property mod-host MainPID) $(property mod-ui MainPID)"
  systemctl restart jack
  sleep 5
  until_true 20 active mod-ui
  for after in $(property jack MainPID) $(property mod-host MainPID) $(property mod-ui MainPID); do
    check chain.cascade-after-restart sh -c "test ${before%% *} != $after"
    before=${before#* }
  done
  # 5. A wrong configuration is refused with a sentence, and the right one heals it.
  say "mark wrong-period $(frames)"
  cp /var/lib/archibald/jack /run/jack-before
  echo JACK_PERIOD=soon > /var/lib/archibald/jack
  systemctl restart --no-block jack
  check config.refused until_true 10 sh -c 'journalctl -b -u jack --no-pager | grep "JACK_PERIOD is .soon."'
  cp /run/jack-before /var/lib/archibald/jack
  check config.healed until_true 15 active mod-host
  # 6. A full disk: nothing is lost, and sound comes back after a kill.
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
  # 7. The network at home, then none, then the stage.
  check wifi.joined until_true 60 sh -c 'iw dev wlan0 link | grep "SSID: My Home"'
  kill "$(cat /run/ap.pid)"
  check wifi.hotspot-by-itself until_true 180 sh -c 'iw dev wlan0 info | grep "type AP"'
  check wifi.hotspot-shown until_true 10 grep -Eq '^key [a-z2-9]{4} [a-z2-9]{4} [a-z2-9]{4}$' /run/archibald/hotspot.txt
  ip link set wlan1 up
  check wifi.hotspot-on-the-air until_true 30 sh -c 'iw dev wlan1 scan | grep "SSID: pistomp"'
  check stage.starts systemctl start archibald-stage
  check stage.drops sh -c 'nft list chain inet archibald_stage input | grep "policy drop"'
  check stage.keeps-the-hotspot until_true 30 sh -c 'iw dev wlan0 info | grep "type AP"'
  check stage.stops systemctl stop archibald-stage
  check stage.leaves-nothing sh -c '! nft list table inet archibald_stage'
  # 8. An update that sounds stays, and one that does not is undone: the real engine, a profile of links, nobody's restart.
  mkdir -p /run/update/bin /run/update/one/bin /run/update/two/bin
  for program in bin/systemctl one/bin/switch-to-configuration two/bin/switch-to-configuration; do
    printf '#!/bin/sh\necho "$0 $*" >> /run/update/calls\n' > /run/update/$program
    chmod 755 /run/update/$program
  done
  ln -s /run/update/one /run/update/system-1-link
  ln -s /run/update/two /run/update/system-2-link
  ln -s system-2-link /run/update/system
  trial() { # SECONDS
    echo '{"phase":"trial","from":1,"to":2,"boots":0}' > /run/update/state.json
    PATH=/run/update/bin:$PATH /nix/store/archibald-update*/bin/archibald-update judge --within "$1" \
      --profile /run/update/system --state /run/update/state.json --engine $socket
  }
  check update.sounds-and-stays trial 20
  check update.not-undone test ! -e /run/update/calls
  systemctl stop mod-host
  trial 3
  check update.silent-is-undone grep -q 'one/bin/switch-to-configuration boot' /run/update/calls
  check update.starts-anew grep -q 'systemctl reboot' /run/update/calls
  check update.profile-returns test "$(readlink /run/update/system)" = system-1-link
  systemctl start mod-host
fi
say "mark end $(frames)"
dd if=/run/rec.0 of="$record" bs=1M count=112 conv=notrunc,fsync 2> /dev/null
# For the next boot, which must find everything done.
sed -i '/HOSTNAME=full/d' /boot/firmware/pistomp.conf; echo stage-left > /etc/hostname
systemctl restart archibald-provision
finish
