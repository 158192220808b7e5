#!/bin/sh
# The other end of the loop card, which wants both ends alike: floats, each channel in a buffer of its own. As long as these
# two run, the card has two channels for the server. The tone never ends, and everything is recorded.
set -e
cd /run
mkfifo tone.0 tone.1
ln -s /dev/null rec.1
for channel in 0 1; do
  (while cat /usr/share/vm/tone.raw; do :; done) > tone.$channel &
done
limit=100
until [ -e /proc/asound/IQaudIOCODEC ]; do
  limit=$((limit - 1)); [ "$limit" -gt 0 ]
  sleep 0.1
done
aplay -q -I -D hw:IQaudIOCODEC,1 -f FLOAT_LE -r 48000 -c 2 -t raw tone &
arecord -q -I -D hw:IQaudIOCODEC,1 -f FLOAT_LE -r 48000 -c 2 -t raw rec &
until grep -q "channels: 2" /proc/asound/IQaudIOCODEC/pcm1p/sub0/hw_params && grep -q "channels: 2" /proc/asound/IQaudIOCODEC/pcm1c/sub0/hw_params; do
  sleep 0.05
done
systemd-notify --ready
wait
