# Somebody follows an old guide and turns SDDM on beside Plasma's own login screen.
# Remedy: archibald.desktop.displayManager
{
  variant = "archibaldOS";
  module = {
    services.displayManager.sddm.enable = true;
  };
}
