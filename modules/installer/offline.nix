# Installing without network: the system that will be installed, and the sources of the flake, are on the medium. The
# image grows by everything that the live system does not have itself.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.archibald.installer;
in
{
  options.archibald.installer = {
    offline = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Put `archibald.installer.systems` and what is needed to build their small machine-specific parts (texts, boot
        menu, initial RAM disk) onto the medium, so that installing takes nothing from the network. Makes the image
        larger by some gigabytes. Choosing another desktop than the prepared one needs the network still.
      '';
    };

    systems = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ self.nixosConfigurations.archibaldOS.config.system.build.toplevel ]";
      description = "Systems whose packages are put on the medium with `offline`.";
    };

    sources = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ ];
      description = ''
        Sources of the flake's locked inputs. They are always on the medium (about 300 MB before compression): without
        them the flake of the new machine could not even be read without network.
      '';
    };
  };

  config = lib.optionalAttrs (options ? isoImage) {
    isoImage.storeContents = lib.mkIf (cfg.scripted.enable || cfg.calamares.enable) (
      cfg.sources ++ lib.optionals cfg.offline cfg.systems
    );
    system.extraDependencies = lib.mkIf cfg.offline [
      # What turns the machine's own settings into files: the builders of unit files, /etc, the boot menu, the RAM disk.
      pkgs.stdenv
      pkgs.python3Minimal
      pkgs.shellcheck-minimal
      pkgs.perl
      pkgs.makeInitrdNGTool
      pkgs.libxslt
      pkgs.desktop-file-utils
    ];
  };
}
