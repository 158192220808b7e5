#!/bin/sh
# The network at home, then none, then the stage. Sourced by main.sh.
check wifi.joined until_true 60 sh -c 'iw dev wlan0 link | grep "SSID: My Home"'
kill "$(cat /run/ap.pid)"
check wifi.hotspot-by-itself until_true 180 sh -c 'iw dev wlan0 info | grep "type AP"'
check wifi.hotspot-shown until_true 10 grep -Eq '^key [a-z2-9]{4} [a-z2-9]{4} [a-z2-9]{4}$' /run/archibald/hotspot.txt
ip link set wlan1 up
check wifi.hotspot-on-the-air until_true 30 sh -c 'iw dev wlan1 scan | grep "SSID: pistomp"'
check stage.starts systemctl start archibald-stage
check stage.drops sh -c 'nft list chain inet archibald_stage input | grep "policy drop"'
check stage.keeps-the-hotspot until_true 30 sh -c 'iw dev wlan0 info | grep "type AP"'
check stage.stops systemctl stop archibald-stage
check stage.leaves-nothing sh -c '! nft list table inet archibald_stage'
