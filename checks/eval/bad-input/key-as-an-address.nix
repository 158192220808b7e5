# An address in place of an SSH key, as the seed's comment suggests.
# Remedy: copy the lines into the list
{
  variant = "pi4";
  module.archibald.runner.authorizedKeys = [ "https://github.com/somebody.keys" ];
}
