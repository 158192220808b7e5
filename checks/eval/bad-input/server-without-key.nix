# A server that nobody could log in to.
# Remedy: archibald.users.admin.authorizedKeys
{
  variant = "archibaldOS-server";
  module =
    { lib, ... }:
    {
      archibald.users.admin.authorizedKeys = lib.mkForce [ ];
      archibald.server.authorizedKeysFile = lib.mkForce null;
    };
}
