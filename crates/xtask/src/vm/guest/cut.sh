#!/bin/sh
# The board is changed again and again until somebody cuts the power. Sourced by main.sh.
make_board() { # GAIN
  ask 'remove -1'
  ask 'add http://plugin.org.uk/swh-plugins/amp 1'
  ask "param_set 1 gain $1"
  ask 'connect system:capture_1 effect_1:input'
  ask 'connect effect_1:output system:playback_1'
}

# What was the board before the power went? The host knows which one we had called safe.
gain=$(ask 'param_get 1 gain' | sed 's/^resp 0 //')
bundle=/home/pistomp/data/.pedalboards/vm.pedalboard
whole=$(grep -q swh-plugins/amp $bundle/vm.ttl && grep -q GraphPrototype $bundle/manifest.ttl &&
  grep -q vm.pedalboard /home/pistomp/data/last.json && echo whole)
# Provisioning goes on while the sound is there already.
until_true 300 active archibald-provision
say "board ${gain:-none} provisioned $(cat /etc/hostname) period $(sed -n 's/JACK_PERIOD=//p' /var/lib/archibald/jack | tr '\n' ' ')bundle ${whole:-broken}"
ask 'param_get 1 gain' | grep -q 'resp 0' || make_board -6
number=$(sed -n 's/.*vm\.number=\([0-9]*\).*/\1/p' /proc/cmdline)
# One of the engine's threads waits for the disk: fsync or fdatasync, by their numbers.
engine=$(property mod-host MainPID)
waits_for_disk() { cat "/proc/$engine/task"/*/syscall 2> /dev/null | grep -q '^7[45] '; }
while :; do
  number=$((number + 1))
  # Told before it is asked: what was never told must not be found after the cut.
  say "asked -$((number % 60)).5"
  ask "param_set 1 gain -$((number % 60)).5"
  until_true 300 grep -q -- "-$((number % 60)).5" /var/lib/archibald-engine/board.json || say "failed the engine does not save"
  # The engine has put the file in its place, and still has to tell the disk about the folder.
  sleep 1
  while waits_for_disk; do sleep 0.1; done
  say "safe -$((number % 60)).5"
done
