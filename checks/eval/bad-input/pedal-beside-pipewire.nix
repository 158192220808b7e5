# A pedal on a machine whose sound server is PipeWire.
# Remedy: archibald.audio.server
# Remedy: archibald.pedal.jack.enable
{
  variant = "pistomp-pi4";
  module.archibald.audio.server = "pipewire";
}
