# Keeps the pedal reachable: when no known network is joined for a while, its own hotspot goes on the air, and when nobody uses
# that for a while, the known networks get another chance. It looks at what is, every time; nothing is remembered but
# whether the hotspot is its own doing. A hotspot that somebody started by hand is left alone, and so is a radio that is off.
# On the stage the hotspot is the only network, so it is kept.
#
# INTERFACE  PAUSE seconds between two looks  PATIENCE seconds without a network  RETRY seconds without a guest
mark=/run/archibald/hotspot-by-itself
missing=0
alone=0

device() { # sets state and connection
  local line
  line=$(nmcli --terse --escape no --fields DEVICE,STATE,CONNECTION device status | grep "^$INTERFACE:") || line=
  IFS=: read -r _ state connection <<< "$line"
}
cable() { nmcli --terse --escape no --fields TYPE,STATE device status | grep -qx "ethernet:connected"; }
known() { nmcli --terse --escape no --fields TYPE,AUTOCONNECT connection show | grep -qx "802-11-wireless:yes"; }
on_stage() { systemctl --quiet is-active archibald-stage; }
guests() { iw dev "$INTERFACE" station dump | grep -c "^Station" || true; }

while true; do
  device
  case $state in
    connected)
      missing=0
      if [ "$connection" != pistomp-hotspot ]; then
        alone=0
        rm -f "$mark"
      elif [ -e "$mark" ]; then
        if on_stage || ! known || [ "$(guests)" -gt 0 ]; then
          alone=0
        else
          alone=$((alone + PAUSE))
        fi
        if [ "$alone" -ge "$RETRY" ]; then
          echo "nobody uses the hotspot: looking for known networks"
          alone=0
          systemctl stop wifi-hotspot || true
        fi
      fi
      ;;
    "" | unavailable | unmanaged)
      missing=0
      ;;
    *)
      missing=$((missing + PAUSE))
      if [ "$missing" -ge "$PATIENCE" ] && { on_stage || ! cable; }; then
        echo "no known network: the pedal opens its own"
        missing=0
        # A unit that still counts as started, although its network is gone, is started anew.
        if systemctl restart wifi-hotspot; then
          touch "$mark"
        else
          echo "the hotspot does not start; see \`journalctl -u wifi-hotspot\`" >&2
        fi
      fi
      ;;
  esac
  sleep "$PAUSE"
done
