# Waits until the JACK server answers. `jack_wait --wait` looks once a second, which can be heard after a restart.
for ((look = 0; look < 300; look++)); do
  if [ "$(jack_wait --check 2> /dev/null)" = running ]; then exit 0; fi
  sleep 0.05
done
echo "jack-ready: the server does not answer after 15 s; see \`journalctl -u jack\`" >&2
exit 1
