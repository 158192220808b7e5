# Divides the CPUs of the running machine between audio and everything else, until the next boot.
# Environment: ROOT prefixes every path (for tests), SYSTEMCTL is the command to call, MINIMUM_CPUS see the module.
root=${ROOT:-}
systemctl=${SYSTEMCTL:-systemctl}
minimum=${MINIMUM_CPUS:-4}

cpus=()
for dir in "$root"/sys/devices/system/cpu/cpu[0-9]*; do
  [ -d "$dir" ] || continue
  # CPU 0 often has no `online` file: it cannot be taken away.
  if [ -r "$dir/online" ] && [ "$(cat "$dir/online")" != 1 ]; then continue; fi
  cpus+=("${dir##*/cpu}")
done
mapfile -t cpus < <(printf '%s\n' "${cpus[@]}" | sort -n)

if [ "${#cpus[@]}" -lt "$minimum" ] || [ "${#cpus[@]}" -lt 2 ]; then
  echo "${#cpus[@]} CPUs, fewer than $minimum: all stay shared between audio and the desktop"
  exit 0
fi

audio=() rest=() mask=0
for cpu in "${cpus[@]}"; do
  if [ "${#audio[@]}" -lt 3 ] && [ "$cpu" -gt 0 ]; then
    audio+=("$cpu")
  else
    rest+=("$cpu")
    if [ "$cpu" -lt 32 ]; then mask=$((mask | 1 << cpu)); fi
  fi
done
join() { local IFS=,; echo "$*"; }
audio_list=$(join "${audio[@]}") rest_list=$(join "${rest[@]}")

mkdir -p "$root/run/archibald"
echo "$audio_list" > "$root/run/archibald/audio-cores"

drop_in() { # UNIT-FOLDER CPUS
  mkdir -p "$root/run/systemd/$1"
  printf '[Service]\nCPUAffinity=%s\n' "$2" > "$root/run/systemd/$1/10-archibald-cores.conf"
}
drop_in user/pipewire.service.d "$audio_list"
drop_in system/user@.service.d "$rest_list"
"$systemctl" daemon-reload
"$systemctl" set-property --runtime system.slice "AllowedCPUs=$rest_list"
"$systemctl" set-property --runtime init.scope "AllowedCPUs=$rest_list"

refused=0
for irq in "$root"/proc/irq/[0-9]*; do
  # The kernel keeps some interrupts where they are (EIO); that is no failure of ours.
  { echo "$rest_list" > "$irq/smp_affinity_list"; } 2>/dev/null || refused=$((refused + 1))
done
workqueues=$root/sys/devices/virtual/workqueue/cpumask
if [ -w "$workqueues" ]; then
  printf '%x\n' "$mask" > "$workqueues" || echo "kernel work queues stay on all CPUs"
fi
echo "audio: CPU $audio_list; everything else: CPU $rest_list; $refused interrupts cannot be moved"
