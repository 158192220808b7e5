# Waits until the JACK server answers, and tells systemd. `jack_wait --wait` looks once a second, which can be heard after a restart, and each look
# is a program that takes time from the server's start: so it is asked once its socket is there and its card is open, and not before.
name=${JACK_DEFAULT_SERVER:-default}
exec {never}<> <(:)
card_is_open() {
  local status line
  if [ "${JACK_DRIVER:-alsa}" != alsa ]; then return 0; fi
  for status in "${ASOUND:-/proc/asound}"/*/pcm0[pc]/sub0/status; do
    if [ -r "$status" ] && read -r line < "$status" && [ "$line" != closed ]; then return 0; fi
  done
  return 1
}
for ((look = 0; look < 300; look++)); do
  for socket in "${SHM:-/dev/shm}/jack_${name}"_*; do
    # A card that tells nothing is not waited for: every half second it is asked all the same.
    if [ -S "$socket" ] && { card_is_open || ((look % 10 == 9)); } && [ "$(jack_wait --check 2> /dev/null)" = running ]; then
      if [ -n "${NOTIFY_SOCKET-}" ]; then systemd-notify --ready; fi
      exit 0
    fi
  done
  # Sleeps without starting a program.
  read -r -t 0.05 -u "$never" || true
done
echo "jack-ready: the server does not answer after 15 s; see \`journalctl -u jack\`" >&2
exit 1
