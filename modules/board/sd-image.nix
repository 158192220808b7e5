# Names and size of SD card images, where one of nixpkgs' image modules is imported.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.board.image;
in
{
  options.archibald.board.image = {
    name = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[A-Za-z0-9._-]+");
      default = null;
      example = "archibaldOS-orangepi5";
      description = "File name of the SD card image without extension, so that the finished file is `sd-image/<name>.img.zst`. Null keeps nixpkgs' name.";
    };
  };

  config = lib.optionalAttrs (options ? sdImage) {
    image = lib.mkIf (cfg.name != null) { baseName = lib.mkDefault cfg.name; };
  };
}
