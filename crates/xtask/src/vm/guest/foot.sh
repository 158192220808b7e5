#!/bin/sh
# A press on the first footswitch, as the simulated pedal's page sends it: the amplifier is bypassed, and comes back.
foot() {
  {
    printf 'GET /simulate/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    printf 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    sleep 0.5
    for down in true false; do
      text="{\"do\":\"press\",\"encoder\":false,\"index\":0,\"down\":$down}"
      # A text frame of a client. Its mask is four zeros, so the text stands there as it is.
      printf '\201'
      # shellcheck disable=SC2059
      printf "\\$(printf %o $((128 + ${#text})))"
      printf '\000\000\000\000%s' "$text"
      sleep 0.15
    done
    sleep 1.5
  } | timeout 10 nc 127.0.0.1 80 | head -c 500 | tr -d '\r' > /run/vm-foot
}
mkdir -p /run/systemd/system/mod-ui.service.d
printf '[Service]\nExecStart=\n%s "--simulate" "v3"\n' "$(grep ^ExecStart= /etc/systemd/system/mod-ui.service)" \
  > /run/systemd/system/mod-ui.service.d/simulate.conf
systemctl daemon-reload
systemctl restart mod-ui
check foot.control-with-a-simulated-pedal until_true 20 active mod-ui
sleep 1
say "mark foot-before $(frames)"
sleep 0.5
say "mark foot-bypasses $(frames)"
foot
check foot.socket-opens grep -aq '101 Switching Protocols' /run/vm-foot
say "mark foot-returns $(frames)"
foot
say "mark foot-after $(frames)"
rm -r /run/systemd/system/mod-ui.service.d
systemctl daemon-reload
