# The switch of the area and the name that boot menus, `hostnamectl` and the login prompt show.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.branding;
in
{
  options.archibald.branding = {
    enable = lib.mkEnableOption "name, artwork and wallpapers of ArchibaldOS (about 6 MB)";

    artwork = lib.mkOption {
      type = lib.types.package;
      default = pkgs.callPackage ./artwork.nix { };
      defaultText = lib.literalMD "the pictures of this repository";
      description = ''
        Package with `share/wallpapers/ArchibaldOS`, `share/archibald/{logo,splash,bar-track,bar-fill}.png` and
        icons. Replace it to ship your own marks.
      '';
    };

    name = lib.mkOption {
      type = lib.types.str;
      default = "ArchibaldOS";
      example = "StageBox";
      description = "Name of the distribution in boot menus and /etc/os-release. The identifier stays `nixos`, for programs that test it.";
    };
  };

  config = lib.mkIf cfg.enable {
    system.nixos.distroName = lib.mkDefault cfg.name;
    environment.systemPackages = [ cfg.artwork ];
    environment.pathsToLink = [ "/share/icons" ];
  };
}
