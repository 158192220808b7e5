#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now mod-ui mod-host archibald-dry-through jack || true
fi
