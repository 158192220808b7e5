# Plasma 6 without the background services that do nothing for music: the file indexer reads the disk while you record,
# and the power daemon changes the CPU clock. Everything left out can be turned on again by its own option.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.desktop;
  # Plasma's module asks for these with mkDefault; 900 wins over that and loses against a plain definition.
  off = lib.mkOverride 900 false;
in
{
  options.archibald.desktop.plasma = {
    trimmed = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Leave out Plasma's file indexer, screen reader, location service, firmware updater, mail suite and extra
        wallpapers. Saves memory and disk wake-ups while recording, and some 200 MB of disk. People who need the
        screen reader set `services.orca.enable = true`.
      '';
    };
    x11Session = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Offer Plasma on X11 in the login screen too, as the way out when a GPU and Wayland do not get along. Costs the
        X server on disk, no memory while Wayland is used.
      '';
    };
  };

  config = lib.mkIf (cfg.environment == "plasma6") (
    lib.mkMerge [
      {
        services.desktopManager.plasma6.enable = lib.mkDefault true;
        services.xserver.enable = lib.mkDefault cfg.plasma.x11Session;
        # A file manager and a text editor belong to every desktop of ours, also when the optional packages are cut.
        environment.systemPackages = [
          pkgs.kdePackages.dolphin
          pkgs.kdePackages.kate
        ];
      }
      (lib.mkIf cfg.plasma.trimmed {
        services.orca.enable = off;
        services.geoclue2.enable = off;
        services.fwupd.enable = off;
        programs.kde-pim.enable = off;
        environment.plasma6.excludePackages = [ pkgs.kdePackages.plasma-workspace-wallpapers ];
        environment.etc."xdg/baloofilerc".source = (pkgs.formats.ini { }).generate "baloofilerc" {
          "Basic Settings"."Indexing-Enabled" = false;
        };
      })
    ]
  );
}
