# Prints memory in use and boot time beside their goals; exits 1 when one is missed, 2 when one cannot be measured yet.
# Environment: GOAL_MEMORY_MIB, GOAL_BOOT_SECONDS; MEMINFO and TIMES replace the sources (for tests).
meminfo=${MEMINFO:-/proc/meminfo}
status=0

used=$(awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 } END { print int((total - free) / 1024) }' "$meminfo")
if [ "$used" -le "$GOAL_MEMORY_MIB" ]; then verdict=ok; else verdict=missed status=1; fi
echo "memory in use: $used MiB, goal $GOAL_MEMORY_MIB MiB: $verdict"

# Monotonic microseconds since the kernel started, and how long the boot loader took before that. Two assignments a
# line in systemd's own format; zero means: not reached yet.
times=${TIMES:-$(systemctl show --property=LoaderTimestampMonotonic,FinishTimestampMonotonic)}
loader=$(awk -F= '/^LoaderTimestampMonotonic=/ { print $2 }' <<< "$times")
finish=$(awk -F= '/^FinishTimestampMonotonic=/ { print $2 }' <<< "$times")
if [ "${finish:-0}" = 0 ]; then
  echo "boot time: the system is still starting"
  exit 2
fi
tenths=$(((finish + ${loader:-0}) / 100000))
if [ "$tenths" -le $((GOAL_BOOT_SECONDS * 10)) ]; then verdict=ok; else verdict=missed status=1; fi
echo "boot time: $((tenths / 10)).$((tenths % 10)) s, goal $GOAL_BOOT_SECONDS s: $verdict"
exit "$status"
