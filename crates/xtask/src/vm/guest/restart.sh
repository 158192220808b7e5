#!/bin/sh
# JACK is restarted by hand, and everything with it. Sourced by main.sh.
systemctl restart mod-ui
until_true 20 active mod-ui
say "mark restart-jack $(frames)"
before="$(property jack MainPID) $(property mod-host MainPID) $(property mod-ui MainPID)"
systemctl restart jack
sleep 5
until_true 20 active mod-ui
for after in $(property jack MainPID) $(property mod-host MainPID) $(property mod-ui MainPID); do
  check chain.cascade-after-restart sh -c "test ${before%% *} != $after"
  before=${before#* }
done
