# The live medium: name of the file and of the volume, and what a system that runs from a stick must not do. The host
# imports nixpkgs' installation-cd module.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.installer.iso;
  isImage = options ? isoImage;
in
{
  options.archibald.installer.iso = {
    enable = lib.mkEnableOption "the live medium that installs ArchibaldOS";

    name = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9._-]+";
      default = "archibaldos-${config.system.nixos.label}";
      defaultText = lib.literalExpression ''"archibaldos-''${config.system.nixos.label}"'';
      example = "studio-live";
      description = "File name of the image without `.iso`: `result/iso/<name>.iso`.";
    };

    compression = lib.mkOption {
      type = lib.types.str;
      default = "zstd -Xcompression-level 15";
      example = "zstd -Xcompression-level 6";
      description = ''
        Compression of the live system (mksquashfs options). Level 19 saves about 3 % of the image and takes twice as
        long to build as 15; reading speed is the same.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = isImage;
            message = ''
              archibald.installer.iso.enable is for live media. Import
              "''${modulesPath}/installer/cd-dvd/installation-cd-graphical-calamares-plasma6.nix" too, or turn it off.
            '';
          }
        ];
        # The sources that the installers need are no roots of the collector.
        nix.gc.automatic = lib.mkOverride 900 false;
        # The medium has one user; nixpkgs' module names it for the desktop as well.
        archibald.desktop.autoLoginUser = lib.mkDefault "nixos";
      }
      (lib.optionalAttrs isImage {
        # iso-image.nix sets the name at normal priority.
        image.baseName = lib.mkOverride 90 cfg.name;
        isoImage = {
          edition = lib.mkOverride 900 "archibaldos";
          volumeID = lib.mkDefault "ARCHIBALDOS_LIVE";
          squashfsCompression = lib.mkDefault cfg.compression;
          appendToMenuLabel = lib.mkDefault " live and installer";
        };
      })
    ]
  );
}
