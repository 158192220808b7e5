# Which desktop. Memory that the desktop takes is memory that samples and plugins do not get, and each compositor wakes
# the CPU while music plays; the small ones are for old and small machines.
{ config, lib, ... }:
let
  cfg = config.archibald.desktop;
  desktops = [
    "plasma6"
    "dwm"
    "hyprland"
    "i3"
  ];
in
{
  options.archibald.desktop = {
    environment = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.enum desktops
        // {
          description = ''
            one of ${lib.concatStringsSep ", " desktops} (choose one of them; for another desktop leave this null and use
            its own options)'';
        }
      );
      default = null;
      example = "i3";
      description = ''
        Desktop environment or window manager; null for none.
        - `plasma6`: complete desktop on Wayland, 600–900 MB of memory when idle by the seed's figures.
        - `i3`: tiling on X11, configured by one text file, about a sixth of that.
        - `dwm`: tiling on X11, configured by recompiling, the smallest.
        - `hyprland`: tiling on Wayland with animations; wants a working GPU driver.
        `docs/how-to/measure-boot-and-memory.md` shows how to measure it on your machine.
      '';
    };

    autoLoginUser = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default =
        if config.archibald.users.audioUser.enable && config.archibald.users.audioUser.autoLogin then
          config.archibald.users.audioUser.name
        else
          null;
      defaultText = lib.literalMD "the audio user, when `archibald.users.audioUser.autoLogin` is on";
      example = "guitarist";
      description = "Account that is logged in at power-on without a password; null asks. Whoever can touch the machine is then that user.";
    };
  };

  config = lib.mkIf (cfg.environment != null) {
    networking.networkmanager.enable = lib.mkDefault true;
    hardware.graphics.enable = lib.mkDefault true;
    services.displayManager.autoLogin = lib.mkIf (cfg.autoLoginUser != null) {
      enable = lib.mkDefault true;
      user = lib.mkDefault cfg.autoLoginUser;
    };
  };
}
