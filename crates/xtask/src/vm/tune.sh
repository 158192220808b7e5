#!/bin/busybox sh
# Runs as the first process of the machine and tells the host by lines `VM …` on the serial port. `VM do …` asks the host for a
# command of qemu's monitor.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
test=$(sed -n 's/.*vm\.test=\([a-z]*\).*/\1/p' /proc/cmdline)
while read -r module; do insmod "/lib/$module" 2> /dev/null; done < /lib/order

begun=0
say() { echo "VM $*" > /dev/ttyS0; }
check() { # NAME COMMAND…
  name=$1; shift
  begun=$((begun + 1))
  if "$@" > /run/check 2>&1; then say "check $name passed"; else say "check $name failed $(tr '\n' ' ' < /run/check | tail -c 400)"; fi
}
until_true() { # SECONDS COMMAND…
  limit=$(($1 * 5)); shift
  while ! "$@" > /dev/null 2>&1; do
    limit=$((limit - 1)); [ "$limit" -gt 0 ] || return 1
    sleep 0.2
  done
}
finish() {
  say "checks $begun"
  say end
  sync
  sleep 1
  echo o > /proc/sysrq-trigger
  sleep 60
}
# Name, nice value, real-time priority and class of each interrupt thread, and every file that may change. A thread follows
# its interrupt to other CPUs only when the next one comes, so its CPUs are not compared.
picture() {
  # After the last parenthesis: fields 19, 40 and 41 of the manual page.
  cat /proc/[0-9]*/stat 2> /dev/null | awk '{
    name = $0; sub(/^[^(]*\(/, "", name); sub(/\)[^)]*$/, "", name)
    rest = $0; sub(/.*\) /, "", rest); split(rest, field, " ")
    if (name ~ /^irq\//) print name, field[17], field[38], field[39]
  }' | sort
  grep -H '' /proc/irq/*/smp_affinity_list /proc/irq/default_smp_affinity /proc/sys/vm/swappiness \
    /proc/sys/vm/stat_interval /sys/devices/virtual/workqueue/cpumask
}
irqs() { sed -n "s/^ *\([0-9]*\):.*$1.*/\1/p" /proc/interrupts; } # NAME
priority() { # IRQ: class and priority of its first thread
  for folder in /proc/[0-9]*; do
    read -r name < "$folder/comm" || continue
    case $name in "irq/$1-"*) sed 's/.*) //' "$folder/stat" | cut -d ' ' -f 38,39; return ;; esac
  done 2> /dev/null
}
all_at_least() { # PRIORITY IRQ…
  wanted=$1; shift
  [ $# -gt 0 ] || return 1
  for irq in "$@"; do
    set -- $(priority "$irq")
    echo "$irq: $*"
    [ "${1:-0}" -ge "$wanted" ] && [ "$2" = 1 ] || return 1
  done
}
put_back() { rt-tune revert --all --state /run/state > /run/revert 2>&1; }
same() { picture > /run/now; diff /run/before /run/now; }

if [ "$test" = second ]; then
  # The journal of the first boot, and values that belong to this one.
  mkdir -p /run/state && tar -x -C /run/state -f /dev/vda
  picture > /run/before
  check reboot.journal test -s /run/state/journal.jsonl
  check reboot.revert put_back
  check reboot.says-so grep -q 'ended by the reboot' /run/revert
  check reboot.nothing-written same
  check reboot.journal-empty test ! -e /run/state/journal.jsonl
  finish
fi

say "told kernel $(uname -r) $(uname -v)"
check kernel.realtime sh -c 'uname -v | grep PREEMPT_RT'
# The driver gives up when its codec does not answer within the second that a busy host takes from this machine: once more then.
card() { until_true 10 test -e /sys/class/sound/card0 || { probe_again; false; }; }
probe_again() {
  for device in /sys/bus/pci/devices/*; do
    case $(cat "$device/class") in 0x0403*) ;; *) continue ;; esac
    # It stays bound to a device that it has given up.
    echo "${device##*/}" > "$device/driver/unbind"
    echo "${device##*/}" > /sys/bus/pci/drivers/snd_hda_intel/bind
  done 2> /dev/null
}
for _ in 1 2 3 4 5 6; do card && break; done
hda=$(irqs snd_hda_intel)
usb=$(irqs xhci_hcd)
say "told sound card: interrupt $(echo $hda), USB host behind a bridge: $(echo $usb)"
check card.interrupt test -n "$hda"
check usb.message-interrupt test -n "$usb"
check usb.behind-bridge sh -c "readlink -f /sys/bus/pci/drivers/xhci_hcd/0000:* | grep -E '/0000:00:[^/]*/0000:0[1-9]'"
picture > /run/before

# 1. Apply and revert, with a card on PCI. The USB host has no card yet and keeps the kernel's 50.
what="irq-priority irq-affinity swappiness stat-interval workqueue --audio-cpus 1"
# shellcheck disable=SC2086
check apply.plan sh -c "rt-tune apply $what --plan --state /run/state && test ! -e /run/state"
check apply.plan-wrote-nothing same
check apply.done sh -c "rt-tune apply $what --yes --state /run/state"
check apply.priority-90 test "$(priority "$hda")" = "90 1"
check apply.others-stay test "$(priority "${usb%% *}")" = "50 1"
check apply.card-alone-on-cpu test "$(cat "/proc/irq/$hda/smp_affinity_list")" = 1
check apply.swappiness grep -qx 10 /proc/sys/vm/swappiness
check revert.done put_back
check revert.byte-exact same

# 2. kill -9 at each call that leaves a trace, on the threads of real interrupts.
deaths=0
wrong=
for call in sched_setattr write fdatasync flock unlink; do
  n=1
  while :; do
    rm -rf /run/state
    strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=SIGKILL:when=$n" \
      rt-tune apply irq-priority stat-interval --irq 1 --yes --state /run/state > /dev/null 2>&1
    code=$?
    put_back || wrong="$wrong $call.$n:$(tail -n 1 /run/revert | tr ' ' _)"
    same > /dev/null || wrong="$wrong $call.$n:differs"
    [ "$code" -ge 128 ] || break
    deaths=$((deaths + 1))
    if [ "$n" -lt 6 ]; then n=$((n + 1)); else n=$((n + 9)); fi
  done
done
say "told killed $deaths times"
check kill.deaths test "$deaths" -ge 10
check kill.always-back test -z "$wrong"
[ -z "$wrong" ] || say "told wrong:$wrong"

# 3. The service: a USB card is plugged in.
rm -rf /run/state
rt-tune watch irq-priority stat-interval --check 3600 --state /run/state > /run/watch 2>&1 &
service=$!
until_true 20 all_at_least 90 "$hda"
check watch.start all_at_least 90 $hda
say "do device_add usb-audio,id=card,audiodev=a,bus=usb.0"
until_true 60 test -e /sys/class/sound/card1
check watch.card-came test -e /sys/class/sound/card1
until_true 20 all_at_least 88 $usb
check watch.usb-host-raised all_at_least 88 $usb
check watch.says-why grep 'add sound card1' /run/watch
# A stream of it is opened; a value that somebody changed before is noticed then.
echo 1 > /proc/sys/vm/stat_interval
(exec 3> /dev/snd/pcmC1D0p; sleep 5) &
until_true 20 grep -qx 10 /proc/sys/vm/stat_interval
check watch.stream-opened grep -qx 10 /proc/sys/vm/stat_interval
check watch.stream-named grep 'stream pcmC1D0p opened' /run/watch
say "do device_del card"
until_true 60 test ! -e /sys/class/sound/card1
sleep 4

# 4. The machine sleeps for some seconds. Before that somebody changes a value.
check sleep.possible grep -w mem /sys/power/state
echo 1 > /proc/sys/vm/stat_interval
# Written and asleep within the time that the service waits for nothing.
echo 0 > /sys/class/rtc/rtc0/wakealarm
echo +4 > /sys/class/rtc/rtc0/wakealarm
before=$(cut -d ' ' -f 1 /proc/uptime)
echo mem > /sys/power/state
say "told slept from $before to $(cut -d ' ' -f 1 /proc/uptime)"
until_true 20 grep -qx 10 /proc/sys/vm/stat_interval
check watch.awake-again grep -qx 10 /proc/sys/vm/stat_interval
check watch.awake-named grep 'awake again' /run/watch

# 5. Killed; everything comes back.
kill -9 "$service"
wait "$service" 2> /dev/null
check watch.killed-revert put_back
# Threads of an interrupt that the sleep has made anew are others.
check watch.killed-back sh -c 'grep -qx 1 /proc/sys/vm/stat_interval'
check watch.killed-priority test "$(priority "$(irqs snd_hda_intel)")" = "50 1"
sed 's/^/VM told watch: /' /run/watch > /dev/ttyS0

# 6. For the second boot: changes, and the power goes.
rt-tune apply irq-priority stat-interval --yes --state /run/state > /dev/null
tar -c -C /run/state -f /dev/vda .
sync
finish
