# PipeWire and JACK on the same sound card.
# Remedy: archibald.audio.server
{
  variant = "archibaldOS";
  module = {
    archibald.audio.owners = [ "archibald.pedal.jack.enable" ];
  };
}
