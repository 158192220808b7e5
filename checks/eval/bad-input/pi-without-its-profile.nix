# Raspberry Pi settings on a machine without nixos-hardware's profile.
# Remedy: raspberry-pi-4
{
  variant = "archibaldOS-server";
  module.archibald.board.raspberryPi.enable = true;
}
