# Wallpapers: in the system profile, at the path that other distributions use, and in each user's own picture folder.
# Links, not copies: nothing to keep up to date, no megabytes per user, and a file that the user put there stays.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.branding;
  inStore = "${cfg.artwork}/share/wallpapers/ArchibaldOS";
  inProfile = "/run/current-system/sw/share/wallpapers/ArchibaldOS";
  firstLogin = pkgs.writeShellApplication {
    name = "archibald-wallpaper";
    runtimeInputs = [ pkgs.coreutils ];
    text = ''
      mark="''${XDG_STATE_HOME:-$HOME/.local/state}/archibald/wallpaper-set"
      if [ -e "$mark" ]; then exit 0; fi
      plasma-apply-wallpaperimage ${inProfile}
      mkdir -p "''${mark%/*}"
      : > "$mark"
    '';
  };
in
{
  options.archibald.branding.wallpapers = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Install the wallpapers system-wide (`/usr/share/wallpapers/ArchibaldOS`) and link them into
      `Pictures/Wallpapers` of every user at login; the login screen of Plasma uses them too.
    '';
  };

  config = lib.mkIf (cfg.enable && cfg.wallpapers) {
    environment.pathsToLink = [ "/share/wallpapers" ];
    systemd.tmpfiles.settings."10-archibald-wallpapers" = {
      "/usr/share/wallpapers".d = {
        mode = "0755";
        user = "root";
        group = "root";
      };
      "/usr/share/wallpapers/ArchibaldOS"."L+".argument = inStore;
    };
    systemd.user.tmpfiles.rules = [
      "d %h/Pictures 0755 - - -"
      "d %h/Pictures/Wallpapers 0755 - - -"
      "L %h/Pictures/Wallpapers/ArchibaldOS - - - - ${inProfile}"
    ];

    # The nested group cannot be written with the module's INI settings, which escape the inner brackets.
    environment.etc =
      lib.mkIf (config.archibald.desktop.displayManager or null == "plasma-login-manager")
        {
          "plasmalogin.conf.d/50-archibald.conf".text = ''
            [Greeter]
            WallpaperPluginId=org.kde.image

            [Greeter][Wallpaper][org.kde.image][General]
            Image=file://${inStore}/
          '';
          # Plasma's own default is another picture; this sets ours once per user and never again.
          "xdg/autostart/archibald-wallpaper.desktop".text = ''
            [Desktop Entry]
            Type=Application
            Name=ArchibaldOS wallpaper
            OnlyShowIn=KDE;
            X-KDE-autostart-phase=2
            Exec=${lib.getExe firstLogin}
          '';
        };
  };
}
