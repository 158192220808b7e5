#!/bin/sh
# A tone in, the tone out: 6 dB less through the engine, at full level when the engine is down. Sourced by main.sh.
check chain.board-of-the-last-time until_true 20 sh -c "grep -q swh-plugins/amp /var/lib/archibald-engine/board.json"
sleep 1
say "mark steady $(frames)"
sleep 2
say "mark kill-engine $(frames)"
control=$(property mod-ui MainPID)
systemctl kill --signal KILL mod-host
sleep 4
check control.stays-when-the-engine-dies test "$(property mod-ui MainPID)" = "$control"
check control.connected-again until_true 10 engine_has_control
say "mark kill-jack $(frames)"
before=$(property mod-host MainPID)
systemctl kill --signal KILL jack
sleep 6
check chain.cascade-after-kill sh -c "test $(property mod-host MainPID) != $before"
say "mark kill-control $(frames)"
before=$(property mod-ui MainPID)
engine=$(property mod-host MainPID)
systemctl kill --signal KILL mod-ui
sleep 4
check control.back active mod-ui
check control.new-process sh -c "test $(property mod-ui MainPID) != $before"
check control.engine-untouched sh -c "test $(property mod-host MainPID) = $engine"
