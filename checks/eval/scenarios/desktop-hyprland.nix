# The workstation with a light desktop.
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.desktop.environment = lib.mkForce "hyprland";
    };
}
