#!/bin/sh
set -e
if [ "$1" = configure ]; then
  systemd-sysusers archibald-pedal.conf
  systemd-tmpfiles --create archibald-pedal.conf || true
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
  fi
  if [ -z "$2" ]; then
    # It takes the sound card for itself, so nothing starts unasked.
    echo "archibald-pedal: set the card in /etc/default/jack, then: systemctl enable --now jack mod-host mod-ui archibald-dry-through"
  fi
fi
