#!/bin/sh
# A wrong configuration is refused with a sentence, and the right one heals it. Sourced by main.sh.
say "mark wrong-period $(frames)"
cp /var/lib/archibald/jack /run/jack-before
echo JACK_PERIOD=soon > /var/lib/archibald/jack
systemctl restart --no-block jack
check config.refused until_true 10 sh -c 'journalctl -b -u jack --no-pager | grep "JACK_PERIOD is .soon."'
cp /run/jack-before /var/lib/archibald/jack
check config.healed until_true 15 active mod-host
