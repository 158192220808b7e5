#!/usr/bin/env bash
# Runs the shell scripts of modules/realtime on made-up /sys and /proc trees and checks what they write.
# Usage: checks/scripts/realtime.sh (from anywhere; needs only bash and coreutils). Prints one line per promise.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/../../modules/realtime" && pwd)
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
content() { cat "$1" 2>/dev/null || echo missing; }
run() { # SCRIPT, with the shell options that writeShellApplication sets
  bash -euo pipefail "$scripts/$1"
}

machine() { # ROOT CPUS
  local cpu
  for ((cpu = 0; cpu < $2; cpu++)); do
    mkdir -p "$1/sys/devices/system/cpu/cpu$cpu"
    if [ "$cpu" -gt 0 ]; then echo 1 > "$1/sys/devices/system/cpu/cpu$cpu/online"; fi
  done
  mkdir -p "$1"/sys/devices/system/cpu/cpufreq "$1"/sys/devices/virtual/workqueue "$1"/proc/irq/{17,130}
  echo ff > "$1/sys/devices/virtual/workqueue/cpumask"
  echo 0-7 > "$1/proc/irq/17/smp_affinity_list"
  echo 0-7 > "$1/proc/irq/130/smp_affinity_list"
  printf '#!/bin/sh\necho "$@" >> %s/calls\n' "$1" > "$1/systemctl"
  chmod +x "$1/systemctl"
}

r=$work/eight && machine "$r" 8
ROOT=$r SYSTEMCTL=$r/systemctl run partition-cores.sh > /dev/null
expect "8 CPUs: audio gets 1-3" 1,2,3 "$(content "$r/run/archibald/audio-cores")"
expect "8 CPUs: the rest may not use them" 1 "$(grep -cx 'set-property --runtime system.slice AllowedCPUs=0,4,5,6,7' "$r/calls")"
expect "8 CPUs: PipeWire starts on them" CPUAffinity=1,2,3 "$(tail -n 1 "$r/run/systemd/user/pipewire.service.d/10-archibald-cores.conf")"
expect "8 CPUs: sessions start elsewhere" CPUAffinity=0,4,5,6,7 "$(tail -n 1 "$r/run/systemd/system/user@.service.d/10-archibald-cores.conf")"
expect "8 CPUs: interrupts go elsewhere" 0,4,5,6,7 "$(content "$r/proc/irq/130/smp_affinity_list")"
expect "8 CPUs: work queues go elsewhere" f1 "$(content "$r/sys/devices/virtual/workqueue/cpumask")"

r=$work/offline && machine "$r" 6
echo 0 > "$r/sys/devices/system/cpu/cpu2/online"
ROOT=$r SYSTEMCTL=$r/systemctl run partition-cores.sh > /dev/null
expect "a CPU that is switched off is not used" 1,3,4 "$(content "$r/run/archibald/audio-cores")"

r=$work/two && machine "$r" 2
ROOT=$r SYSTEMCTL=$r/systemctl run partition-cores.sh > /dev/null
expect "2 CPUs: nothing is divided" missing "$(content "$r/run/archibald/audio-cores")"
expect "2 CPUs: systemd is left alone" missing "$(content "$r/calls")"
ROOT=$r SYSTEMCTL=$r/systemctl MINIMUM_CPUS=2 run partition-cores.sh > /dev/null
expect "2 CPUs on request: one each" 1 "$(content "$r/run/archibald/audio-cores")"

card() { # ROOT CARD DEVICE-FOLDER
  mkdir -p "$1/sys/class/sound/$2" "$1/sys/devices/$3"
  ln -s "$1/sys/devices/$3" "$1/sys/class/sound/$2/device"
}
irq() { # ROOT NUMBER ACTIONS
  mkdir -p "$1/proc/irq/$2" "$1/sys/kernel/irq/$2"
  echo 0-3 > "$1/proc/irq/$2/smp_affinity_list"
  echo "$3" > "$1/sys/kernel/irq/$2/actions"
}

r=$work/pc
card "$r" card0 pci0000:00/0000:00:1f.3 # on the main board, with message-signalled interrupts
mkdir -p "$r/sys/devices/pci0000:00/0000:00:1f.3/msi_irqs" && touch "$r/sys/devices/pci0000:00/0000:00:1f.3/msi_irqs/141"
card "$r" card1 pci0000:00/0000:00:08.1/0000:04:00.3/usb3/3-2/3-2:1.0 # USB, controller behind a bridge
mkdir -p "$r/sys/devices/pci0000:00/0000:00:08.1/0000:04:00.3/msi_irqs" && touch "$r/sys/devices/pci0000:00/0000:00:08.1/0000:04:00.3/msi_irqs/57"
irq "$r" 141 snd_hda_intel:card0 && irq "$r" 57 xhci_hcd && irq "$r" 9 acpi
ROOT=$r AUDIO_CORES=2-3 run sound-interrupts.sh > /dev/null
expect "PC: the built-in card's interrupt moves" 2 "$(content "$r/proc/irq/141/smp_affinity_list")"
expect "PC: a USB card moves its controller's interrupt" 2 "$(content "$r/proc/irq/57/smp_affinity_list")"
expect "PC: other interrupts stay" 0-3 "$(content "$r/proc/irq/9/smp_affinity_list")"

r=$work/board # no PCI, the interrupt is known by the USB bus' name
card "$r" card2 platform/fc000000.usb/xhci-hcd.5.auto/usb7/7-1/7-1:1.0
irq "$r" 74 xhci-hcd:usb7 && irq "$r" 75 xhci-hcd:usb5
mkdir -p "$r/run/archibald" && echo 4,5 > "$r/run/archibald/audio-cores"
ROOT=$r AUDIO_CORES='' run sound-interrupts.sh > /dev/null
expect "board: the interrupt of the card's own USB bus moves" 4 "$(content "$r/proc/irq/74/smp_affinity_list")"
expect "board: that of the other bus stays" 0-3 "$(content "$r/proc/irq/75/smp_affinity_list")"

rm "$r/run/archibald/audio-cores"
expect "no audio cores: says so and changes nothing" "no audio cores on this machine: interrupts stay where they are" \
  "$(ROOT=$r run sound-interrupts.sh)"
exit "$failed"
