# Headless server: remote access by key, containers, no sound. Your key goes into archibald.users.admin.authorizedKeys,
# or archibald-install puts it where authorizedKeysFile says.
{ lib, ... }:
{
  archibald = {
    base.enable = true;
    users.passwordlessSudo = true;
    server = {
      enable = true;
      authorizedKeysFile = "/var/lib/archibald/authorized_keys/%u";
    };
    resources = {
      enable = true;
      trim = true;
    };
    disk.enable = lib.mkDefault true;
  };

  musnix.enable = false;
  networking.hostName = lib.mkDefault "archibald-server";
  system.stateVersion = lib.mkDefault "26.05";
}
