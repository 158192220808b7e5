# A program that nixpkgs does not have.
# Remedy: archibald.audio.software
{
  variant = "archibaldOS";
  module = {
    archibald.audio.software.extraNames = [ "cakewalk-for-linux" ];
  };
}
