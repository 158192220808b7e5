# dwm, i3 and Hyprland with the few programs that make them usable on first login: terminal, launcher, file manager,
# editor, screen lock. Together 100–200 MB of disk; none of them runs until it is started.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.desktop;
  is = name: cfg.environment == name;
  wallpaper = lib.optionalString config.archibald.branding.enable ''
    ${lib.getExe pkgs.feh} --no-fehbg --bg-fill /run/current-system/sw/share/wallpapers/ArchibaldOS/contents/images/1920x1080.png &
  '';
in
{
  imports = [ ../branding ];

  options.archibald.desktop.lightPrograms = lib.mkOption {
    type = lib.types.listOf lib.types.package;
    default = [
      pkgs.pcmanfm
      pkgs.mousepad
    ];
    defaultText = lib.literalExpression "[ pkgs.pcmanfm pkgs.mousepad ]";
    example = lib.literalExpression "[ pkgs.pcmanfm ]";
    description = "File manager and text editor that come with dwm, i3 and Hyprland.";
  };

  config = lib.mkMerge [
    (lib.mkIf (is "dwm" || is "i3") {
      services.xserver.enable = lib.mkDefault true;
      # A screen saver that blanks the meters in the middle of a take helps nobody.
      services.xserver.serverFlagsSection = ''
        Option "BlankTime" "0"
      '';
      environment.systemPackages = cfg.lightPrograms;
    })
    (lib.mkIf (is "dwm") {
      services.xserver.windowManager.dwm = {
        enable = lib.mkDefault true;
        extraSessionCommands = wallpaper;
      };
      services.displayManager.defaultSession = lib.mkDefault "none+dwm";
      environment.systemPackages = [
        pkgs.dmenu
        pkgs.st
      ];
    })
    (lib.mkIf (is "i3") {
      services.xserver.windowManager.i3 = {
        enable = lib.mkDefault true;
        extraSessionCommands = wallpaper;
      };
      services.displayManager.defaultSession = lib.mkDefault "none+i3";
      # nixpkgs brings dmenu and i3status.
      environment.systemPackages = [
        pkgs.i3lock
        pkgs.xterm
      ];
    })
    (lib.mkIf (is "hyprland") {
      programs.hyprland.enable = lib.mkDefault true;
      services.displayManager.defaultSession = lib.mkDefault "hyprland";
      # kitty and wofi are what the configuration that Hyprland writes on first start calls.
      environment.systemPackages = cfg.lightPrograms ++ [
        pkgs.kitty
        pkgs.wofi
      ];
    })
  ];
}
