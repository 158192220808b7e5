# Sends the interrupts of every sound card to the first audio core. A USB card has none of its own: its host
# controller's are meant. Environment: AUDIO_CORES (a CPU list), ROOT prefixes every path (for tests).
root=${ROOT:-}
cores=${AUDIO_CORES:-}
if [ -r "$root/run/archibald/audio-cores" ]; then read -r cores < "$root/run/archibald/audio-cores"; fi
if [ -z "$cores" ]; then
  echo "no audio cores on this machine: interrupts stay where they are"
  exit 0
fi
first=${cores%%[,-]*}

# Interrupt numbers whose registered name ends in one of the given names. The sound waits for this script, so it starts no program
# here: there are a hundred interrupts, and several names to ask for.
by_action() { # NAME…
  local dir actions action name
  for dir in "$root"/sys/kernel/irq/[0-9]*; do
    [ -r "$dir/actions" ] || continue
    IFS=', ' read -r -a actions < "$dir/actions" || [ "${#actions[@]}" -gt 0 ] || continue
    for action in "${actions[@]}"; do
      for name in "$@"; do
        case $action in "$name" | *":$name") echo "${dir##*/}" ;; esac
      done
    done
  done
}

# Walks from the card up to the first device that owns interrupts: MSI numbers, a legacy `irq` file, or, on boards
# without PCI, an interrupt that carries the device's or the USB bus' name.
of_card() { # CARD-FOLDER
  local device names=() found
  device=$(readlink -f "$1/device") || return 0
  while [ "$device" != "$root/sys/devices" ] && [ "$device" != / ] && [ -n "$device" ]; do
    if [ -d "$device/msi_irqs" ]; then
      ls "$device/msi_irqs"
      return 0
    fi
    names+=("${device##*/}")
    found=$(by_action "${names[@]}")
    if [ -n "$found" ]; then
      echo "$found"
      return 0
    fi
    if [ -r "$device/irq" ] && [ "$(cat "$device/irq")" != 0 ]; then
      cat "$device/irq"
      return 0
    fi
    device=${device%/*}
  done
}

for card in "$root"/sys/class/sound/card[0-9]*; do
  [ -e "$card" ] || continue
  for irq in $(of_card "$card" | sort -un); do
    if { echo "$first" > "$root/proc/irq/$irq/smp_affinity_list"; } 2>/dev/null; then
      echo "${card##*/}: interrupt $irq now on CPU $first"
    else
      echo "${card##*/}: interrupt $irq cannot be moved"
    fi
  done
done
