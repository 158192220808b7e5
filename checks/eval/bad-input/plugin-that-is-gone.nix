# A plugin name that nixpkgs does not have.
# Remedy: archibald.pedal.plugins.excludeNames
{
  variant = "pistomp-pi4";
  module.archibald.pedal.plugins.extraNames = [ "no-such-plugin-lv2" ];
}
