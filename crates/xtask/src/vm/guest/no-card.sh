#!/bin/sh
# A pedal whose sound card is not there, as after a cable that came off: it must be reached all the same, by its display and page and by
# SSH, for which provisioning has to be done; and it must sound as soon as the card comes. Sourced by main.sh.
since_start() { # UNIT: milliseconds of user space until it was up
  echo $((($(property "$1" ActiveEnterTimestampMonotonic) - $(systemctl show --property UserspaceTimestampMonotonic --value)) / 1000))
}
said_often() { [ "$(journalctl -b -u jack --no-pager | grep -c 'Failed to open server')" -ge "$1" ]; }
check nocard.provisioned until_true 60 active archibald-provision
say "told provisioned after $(since_start archibald-provision) ms"
check nocard.control until_true 60 active mod-ui
say "told control service after $(since_start mod-ui) ms"
check nocard.bad-line-named grep -q TIMEZONE /run/archibald/provision.txt
# To somebody who is not paired it says so.
check nocard.page-answers until_true 10 sh -c "printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | timeout 5 nc 127.0.0.1 80 | head -n 1 | grep '^HTTP/1.1 [234]'"
control=$(property mod-ui MainPID)
check nocard.no-sound-yet sh -c '! systemctl is-active mod-host'
# Tried again and again, and the control service is left alone meanwhile.
check nocard.tried-again until_true 40 said_often 2
check nocard.control-stays test "$(property mod-ui MainPID)" = "$control"
# Stopped by hand it stays stopped, also between two attempts.
systemctl stop jack
sleep 4
check nocard.stays-stopped sh -c 'systemctl show --property ActiveState --value jack | grep -E "^(inactive|failed)$"'
systemctl start --no-block jack
# That took the control service along, as people know it.
until_true 40 active mod-ui
control=$(property mod-ui MainPID)
# The cable is back.
rm -f /run/tone.* /run/rec.*
systemctl start --no-block vm-cable
# In a container there is none to come: there the server is told to do without.
modprobe snd-aloop || echo JACK_DRIVER=dummy >> /var/lib/archibald/jack
check nocard.sounds-when-the-card-comes until_true 40 active mod-host
check nocard.control-stays-then test "$(property mod-ui MainPID)" = "$control"
check nocard.engine-has-control until_true 20 engine_has_control
check nocard.midi-too until_true 20 active mod-amidithru
