# Starts JACK with the values of /etc/default/jack, which systemd puts into the environment. Started by hand, it reads
# the file itself.
if [ -z "${JACK_PERIOD-}" ]; then
  if [ ! -r /etc/default/jack ]; then
    echo "jackdrc: /etc/default/jack is missing; rebuild the system, or set JACK_SAMPLE_RATE and JACK_PERIOD" >&2
    exit 1
  fi
  # shellcheck source=/dev/null
  . /etc/default/jack
fi
# What was chosen on the pedal's display stands over the built values: these two numbers, and nothing else from that file.
chosen=/var/lib/archibald/audio/jack
if [ -r "$chosen" ]; then
  while IFS='=' read -r name value; do
    if [[ $name =~ ^(JACK_PERIOD|JACK_SAMPLE_RATE)$ && $value =~ ^[1-9][0-9]{1,5}$ ]]; then
      printf -v "$name" %s "$value"
    fi
  done <"$chosen"
fi
for name in JACK_SAMPLE_RATE JACK_PERIOD JACK_NPERIODS JACK_RTPRIO JACK_PORT_MAX; do
  if ! [[ ${!name-} =~ ^[1-9][0-9]*$ ]]; then
    echo "jackdrc: $name is '${!name-}' and should be a whole number; see /etc/default/jack and /var/lib/archibald/jack" >&2
    exit 2
  fi
done

arguments=(-R -P "$JACK_RTPRIO" -t 2000 -p "$JACK_PORT_MAX")
if [ "${JACK_SYNC:-0}" = 1 ]; then arguments+=(-S); fi
case ${JACK_DRIVER:-alsa} in
  dummy)
    arguments+=(-d dummy -r "$JACK_SAMPLE_RATE" -p "$JACK_PERIOD")
    ;;
  *)
    # A card that comes late is waited for here: sooner than by another start of the server, and quieter.
    card=${JACK_DEVICE:-hw:0}
    card=${card#*:}
    card=${card%%,*}
    if [[ $card =~ ^[0-9]+$ ]]; then card=card$card; fi
    for ((look = 0; look < 50; look++)); do
      if [ -e "${ASOUND:-/proc/asound}/$card" ]; then break; fi
      sleep 0.1
    done
    arguments+=(-d alsa -d "${JACK_DEVICE:-hw:0}" -r "$JACK_SAMPLE_RATE" -p "$JACK_PERIOD" -n "$JACK_NPERIODS" -X seq)
    if [ "${JACK_SOFT:-1}" = 1 ]; then arguments+=(-s); fi
    ;;
esac
# The socket of a server that was killed would look like one that is there.
for socket in "${SHM:-/dev/shm}/jack_${JACK_DEFAULT_SERVER:-default}"_*; do
  if [ -S "$socket" ]; then rm -f "$socket"; fi
done
# Nobody's child: the server would not look after it.
if [ -n "${JACK_READY-}" ] && [ -n "${NOTIFY_SOCKET-}" ]; then
  ("$JACK_READY" &)
fi
exec jackd "${arguments[@]}"
