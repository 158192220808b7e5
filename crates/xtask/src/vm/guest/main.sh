#!/bin/sh
# Runs inside the machine and tells the host by lines `VM key value` on the serial port. What to try stands on the kernel's
# command line as vm.test=NAME, and for the long boot vm.pieces=NAME,….
exec 2>/run/vm-guest.log
set -x
test=$(sed -n 's/.*vm\.test=\([a-z]*\).*/\1/p' /proc/cmdline)
pieces=$(sed -n 's/.*vm\.pieces=\([a-z,]*\).*/\1/p' /proc/cmdline)
here=/usr/local/lib/vm
socket=/run/archibald-engine/engine.sock
say() { echo "VM $*" >> /dev/ttyS0; }
# The machine's own clock, so that the host can tell a slow host from a machine that hangs.
(while :; do read -r up _ < /proc/uptime; say "at $up"; sleep 4; done) &
# The disk to record on is known by its size, 128 MiB: the kernel numbers modules of memory as it likes.
record=$(grep -lx 262144 /sys/class/block/pmem*/size | sed 's,.*/\(pmem[0-9]*\)/size,/dev/\1,')
ask() { printf '%s\0' "$1" | timeout 10 nc -U -N "$socket" | tr -d '\0'; }
wanted() { case ",$pieces," in *",$1,"*) ;; *) return 1 ;; esac; }
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
keep_recording() {
  # In a container nothing is recorded.
  [ -s /run/rec.0 ] || return 0
  # The clock at its end, so that the host can tell when something was heard; the recorder writes many frames at a time.
  last=$(frames)
  looks=2000
  while [ "$(frames)" = "$last" ] && [ "$looks" -gt 0 ]; do looks=$((looks - 1)); done
  say "recorded $(frames) $(cut -d' ' -f1 /proc/uptime)"
  dd if=/run/rec.0 of="$record" bs=1M count=112 conv=notrunc,fsync 2> /dev/null
}
keep_journal() {
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
}
finish() {
  keep_journal
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
  # The seed's host has no memory: it is the control service that brings the board.
  rm -f /var/lib/archibald-engine/board.json
  for unit in archibald-provision-audio jack archibald-dry-through mod-host mod-ui mod-amidithru archibald-provision; do
    # By itself: a unit would bring along those that it wants.
    systemctl cat "$unit" > /dev/null && systemctl start --job-mode ignore-dependencies "$unit"
  done
fi

# A pedal whose card is not there.
if [ "$test" = nocard ]; then
  # shellcheck source=no-card.sh
  . $here/no-card.sh
  finish
fi

# Looked at seldom: each look takes some of the time that is being measured.
sounds() { active mod-host || { sleep 0.9; false; }; }
# Where nothing is timed, the host alone decides how long it takes.
patience=12
[ "$test" != cut ] || patience=90
until_true $patience sounds || { say "failed the engine did not start"; finish; }
if [ "$test" = cut ]; then
  # shellcheck source=cut.sh
  . $here/cut.sh
fi
say "userspace-us $(systemctl show --property UserspaceTimestampMonotonic --value)"
say "sound-us $(property mod-host ActiveEnterTimestampMonotonic)"
for unit in systemd-udev-trigger sysinit.target basic.target boot-firmware.mount archibald-sound-interrupts \
  archibald-provision-audio archibald-provision archibald-dry-through jack mod-host mod-ui; do
  say "unit $unit $(property $unit ActiveState) $(property $unit InactiveExitTimestampMonotonic) $(property $unit ActiveEnterTimestampMonotonic)"
done
say "kernel $(uname -r) $(uname -v)"
case "$test" in
  boot | second | serial)
    until_true 60 active mod-ui
    sleep 1
    keep_recording
    ;;
esac
[ "$test" != serial ] || finish
if [ "$test" = boot ]; then
  check provision.ran until_true 60 active archibald-provision
  # The next boot has a board to remember.
  check chain.board-is-kept until_true 20 grep -q swh-plugins/amp /var/lib/archibald-engine/board.json
  finish
fi

if [ "$test" = display ]; then
  # shellcheck source=display.sh
  . $here/display.sh
  finish
fi

if wanted wifi; then
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

# Provisioning.
check provision.ran until_true 60 active archibald-provision
check provision.hostname grep -qx stage-left /proc/sys/kernel/hostname
check provision.wifi-profile test "$(stat -c %a /etc/NetworkManager/system-connections/preconfigured.nmconnection)" = 600
check provision.password-hashed grep -q '^pistomp:\$y\$' /etc/shadow
check provision.secrets-removed sh -c '! grep -e hushhush -e "correct horse" /boot/firmware/pistomp.conf'
check provision.key grep -q guitarist@laptop /home/pistomp/.ssh/authorized_keys
check provision.bad-line-named grep -q TIMEZONE /run/archibald/provision.txt
check provision.period sh -c 'tr "\0" " " < /proc/$(pidof jackd)/cmdline | grep -e "-p 1024"'
check provision.wifi-known until_true 60 sh -c 'nmcli -g 802-11-wireless.ssid connection show preconfigured | grep -x "My Home"'
if [ "$test" = second ]; then
  check provision.nothing-again sh -c 'journalctl -b -u "archibald-provision*" --no-pager | grep "done:" | grep -v "radio: done"; test $? = 1'
  finish
fi

# The chain, as people know it.
check names.status systemctl status jack mod-host archibald-engine
if [ "$test" = readonly ]; then
  # shellcheck source=read-only.sh
  . $here/read-only.sh
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

# The control service is there all the time, as on a stage.
say "mark before $(frames)"
for piece in wifi kills foot restart period disk update; do
  if wanted $piece; then
    # shellcheck source=/dev/null
    . $here/$piece.sh
  fi
done
say "mark end $(frames)"
keep_recording
# For the next boot, which must find everything done.
sed -i '/HOSTNAME=full/d' /boot/firmware/pistomp.conf; echo stage-left > /etc/hostname
systemctl restart archibald-provision
finish
