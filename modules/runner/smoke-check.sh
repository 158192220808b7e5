# Counts the probes that probe-rs finds.
expected=${EXPECTED_PROBES:-0}
echo "probe-rs: $(probe-rs --version)"
list=$(probe-rs list)
echo "$list"
# One line per probe: "[0]: name (VID:PID:serial, kind)".
found=$(grep -c '^\[[0-9]*\]:' <<< "$list" || true)
echo "probes found: $found, expected: at least $expected"
if [ "$found" -lt "$expected" ]; then
  echo "Plug the missing probe in, or see 'lsusb' and 'ls -l /dev/bus/usb/*/*': group plugdev must be able to write." >&2
  exit 1
fi
