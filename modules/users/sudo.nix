# Members of wheel become root without typing a password. Convenient on a machine that only its owner can reach, and the
# only way for accounts that have no password; it also means that any program of such a user is root if it wants.
{ config, lib, ... }:
{
  options.archibald.users.passwordlessSudo = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = ''
      Let the group `wheel` use sudo without a password. A program run by such a user can take over the machine
      silently; without it, that program must first learn the password.
    '';
  };

  config = lib.mkIf config.archibald.users.passwordlessSudo {
    security.sudo.wheelNeedsPassword = lib.mkDefault false;
  };
}
