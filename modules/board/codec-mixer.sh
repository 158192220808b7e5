# Brings a codec that was never set up into a state in which it passes sound; a card with a saved state is left alone.
# Levels are steps of the codec's own controls; the comment gives the gain.
if [ -r /var/lib/alsa/asound.state ] && grep -q "^state\.$CARD " /var/lib/alsa/asound.state; then
  exit 0
fi

settings=
control() {
  local line
  printf -v line " '%s'" "$@"
  settings+="sset$line"$'\n'
}

case $CARD in
  IQaudIOCODEC)
    control 'Aux' 47 unmute # -9 dB
    control 'Mixin PGA' 2   # -1.5 dB
    control 'ADC' 111 unmute # -0.75 dB
    control 'DAC' 114       # +1.5 dB
    control 'Headphone' 54  # -3 dB
    control 'Lineout' 0
    control 'Mic 1' 0
    control 'Mic 2' 0
    control 'DAC EQ' off
    control 'Mixin Left Aux Left' on
    control 'Mixin Right Aux Right' on
    control 'Mixout Left DAC Left' on
    control 'Mixout Right DAC Right' on
    control 'Mixout Left Aux Left' off
    control 'Mixout Right Aux Right' off
    ;;
  audioinjectorpi)
    control 'Master' 121  # 0 dB
    control 'Capture' 23  # 0 dB
    control 'Input Mux' 'Line In'
    control 'Line' on
    ;;
  sndrpihifiberry)
    control 'Digital' 205 # -1 dB
    control 'Analogue' 1
    ;;
esac
# One program for all of them, because the sound waits for this. It passes over a control that this driver version does not have;
# afterwards those are named.
amixer --quiet --card "$CARD" --stdin <<< "$settings"
controls=$(amixer --card "$CARD" scontrols)
missing=0
while IFS="'" read -r _ name _; do
  if [ -n "$name" ] && ! grep --quiet --fixed-strings "'$name'" <<< "$controls"; then
    echo "codec-mixer: $CARD has no control '$name'" >&2
    missing=$((missing + 1))
  fi
done <<< "$settings"
alsactl store "$CARD"
echo "codec-mixer: $CARD set up, $missing controls are missing"
