# The asset store open to the network, for everybody.
# Remedy: services.streamdb.tokenFile
# Remedy: 127.0.0.1
{
  variant = "archibaldOS-vm";
  module =
    { lib, pkgs, ... }:
    {
      services.streamdb = {
        enable = lib.mkForce true;
        package = lib.mkForce pkgs.hello;
        address = lib.mkForce "0.0.0.0";
      };
    };
}
