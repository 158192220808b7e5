#!/bin/sh
# A card that is only read. Sourced by main.sh.
check root.is-memory sh -c 'findmnt --noheadings --output FSTYPE / | grep -x tmpfs'
check root.store-is-only-read sh -c '! touch /nix/store/mine && ! touch /usr/mine'
check root.no-failed-unit sh -c 'systemctl --failed --no-legend --plain | grep -v NetworkManager-wait-online; test $? = 1'
until_true 60 active mod-ui
check root.board-of-the-last-time until_true 20 grep -q swh-plugins/amp /var/lib/archibald-engine/board.json
ask 'param_set 1 gain -9'
check root.a-change-is-kept until_true 10 grep -q -- '-9' /var/lib/archibald-engine/board.json
before=$(property mod-host MainPID)
systemctl kill --signal KILL mod-host
sleep 3
check root.engine-back sh -c "systemctl is-active mod-host && test $(property mod-host MainPID) != $before"
