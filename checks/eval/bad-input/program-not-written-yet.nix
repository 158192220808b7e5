# A service whose program this flake does not have.
# Remedy: archibald.provision.package
{
  variant = "pistomp-pi4";
  module =
    { lib, ... }:
    {
      archibald.provision.enable = lib.mkForce true;
      archibald.provision.package = lib.mkForce null;
    };
}
