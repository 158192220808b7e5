# Logo and progress bar while the system starts, by Plymouth. On x86 only: on ARM boards the framebuffer comes up after
# the splash would have been shown, and hides the messages that one wants to see there.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.branding;
  theme =
    pkgs.runCommand "archibald-plymouth-theme"
      {
        meta.platforms = lib.platforms.linux;
      }
      ''
        theme=$out/share/plymouth/themes/archibald
        mkdir -p "$theme"
        install -m 644 ${./assets/archibald.script} "$theme/archibald.script"
        install -m 644 ${cfg.artwork}/share/archibald/{splash,bar-track,bar-fill}.png "$theme/"
        substitute ${./assets/archibald.plymouth} "$theme/archibald.plymouth" --subst-var-by theme "$theme"
      '';
in
{
  options.archibald.branding.bootSplash = lib.mkOption {
    type = lib.types.bool;
    default = pkgs.stdenv.hostPlatform.isx86;
    defaultText = lib.literalMD "true on x86, false on ARM";
    description = ''
      Show logo and progress bar while booting; takes effect with `archibald.branding.enable`. Adds a second or less
      to the boot and some megabytes to the initial RAM disk; Escape shows the messages behind it.
    '';
  };

  config = lib.mkIf cfg.enable {
    boot.plymouth = {
      enable = lib.mkDefault cfg.bootSplash;
      theme = lib.mkIf cfg.bootSplash (lib.mkDefault "archibald");
      themePackages = lib.mkIf cfg.bootSplash [ theme ];
      logo = lib.mkDefault "${cfg.artwork}/share/archibald/logo.png";
    };
    # Messages would be drawn over the logo; they are in the journal and behind Escape.
    boot.kernelParams = lib.optional cfg.bootSplash "quiet";
  };
}
