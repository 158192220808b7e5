# Makes the hotspot's profile with a key of its own, 12 random characters, and brings it up. The key stays the same until
# somebody deletes the file.
key_file=/var/lib/archibald/hotspot.key
# Whatever is written here has the key in it, from its first byte on.
umask 077
# Whoever starts it wants it, unless wifi-check says afterwards that it was its own doing.
rm -f /run/archibald/hotspot-by-itself
if [ ! -s "$key_file" ]; then
  # No letters and digits that look alike on a small display.
  set +o pipefail
  tr -dc 'abcdefghjkmnpqrstuvwxyz23456789' < /dev/urandom | head -c 12 > "$key_file.new"
  set -o pipefail
  mv "$key_file.new" "$key_file"
fi
chgrp "$OWNER" "$key_file"
chmod 0640 "$key_file"
read -r key < "$key_file" || [ -n "$key" ]

if ! nmcli --terse --fields NAME connection show | grep -qxF pistomp-hotspot; then
  nmcli connection add type wifi con-name pistomp-hotspot ifname "$INTERFACE" ssid "$SSID" autoconnect no \
    802-11-wireless.mode ap ipv4.method shared ipv6.method disabled
fi
# By file, so that the key never stands in a process list.
secrets=$(mktemp)
trap 'rm -f "$secrets"' EXIT
printf '802-11-wireless-security.psk:%s\n' "$key" > "$secrets"
nmcli connection modify pistomp-hotspot 802-11-wireless.ssid "$SSID" connection.interface-name "$INTERFACE" \
  ipv4.addresses "${ADDRESS:-10.42.0.1}/24" \
  802-11-wireless-security.key-mgmt wpa-psk 802-11-wireless-security.psk-flags 2
nmcli connection up pistomp-hotspot passwd-file "$secrets"

# For the display: how to get in.
shown=/run/archibald/hotspot.txt
printf 'Wi-Fi %s\nkey %s %s %s\nhttp://%s\n' "$SSID" "${key:0:4}" "${key:4:4}" "${key:8}" "${ADDRESS:-10.42.0.1}" > "$shown.new"
chgrp "$OWNER" "$shown.new"
chmod 0640 "$shown.new"
mv "$shown.new" "$shown"
