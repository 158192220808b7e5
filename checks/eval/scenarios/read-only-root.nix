# The pedal with a card that is only read.
{
  variant = "pistomp-pi4";
  module = {
    archibald.pedal.readOnlyRoot.enable = true;
  };
}
