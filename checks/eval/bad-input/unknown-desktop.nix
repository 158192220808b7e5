# A desktop that we do not have.
# Remedy: archibald.desktop.environment
# Remedy: one of plasma6
{
  variant = "archibaldOS";
  module =
    { lib, ... }:
    {
      archibald.desktop.environment = lib.mkForce "gnome";
    };
}
