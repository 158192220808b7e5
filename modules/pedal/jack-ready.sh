# Waits until the JACK server answers. `jack_wait --wait` looks once a second, which can be heard after a restart, and each look
# is a program that takes time from the server's start: so it is asked once its socket is there, and not before.
name=${JACK_DEFAULT_SERVER:-default}
exec {never}<> <(:)
for ((look = 0; look < 300; look++)); do
  for socket in "${SHM:-/dev/shm}/jack_${name}"_*; do
    if [ -S "$socket" ] && [ "$(jack_wait --check 2> /dev/null)" = running ]; then exit 0; fi
  done
  # Sleeps without starting a program.
  read -r -t 0.05 -u "$never" || true
done
echo "jack-ready: the server does not answer after 15 s; see \`journalctl -u jack\`" >&2
exit 1
