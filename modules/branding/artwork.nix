# Renders the SVG sources to the pictures that programs want. Done at build time, so that the repository holds only the
# sources that a person can read and change.
{
  lib,
  runCommand,
  librsvg,
}:
let
  sizes = [
    "1920x1080"
    "2560x1440"
    "3840x2160"
  ];
  widthOf = size: lib.head (lib.splitString "x" size);
in
runCommand "archibald-artwork"
  {
    nativeBuildInputs = [ librsvg ];
    meta = {
      description = "Logo, wallpaper and boot splash of ArchibaldOS";
      license = lib.licenses.mit;
      platforms = lib.platforms.all;
    };
  }
  ''
    wallpaper=$out/share/wallpapers/ArchibaldOS
    mkdir -p "$wallpaper/contents/images" "$out/share/icons/hicolor/scalable/apps" "$out/share/archibald"
    install -m 644 ${./assets/wallpaper-metadata.json} "$wallpaper/metadata.json"
    install -m 644 ${./assets/wallpaper.svg} "$wallpaper/contents/wallpaper.svg"
    ${lib.concatMapStringsSep "\n" (size: ''
      rsvg-convert --width ${widthOf size} ${./assets/wallpaper.svg} --output "$wallpaper/contents/images/${size}.png"
    '') sizes}
    rsvg-convert --width 400 ${./assets/wallpaper.svg} --output "$wallpaper/contents/screenshot.png"
    install -m 644 ${./assets/logo.svg} "$out/share/icons/hicolor/scalable/apps/archibald.svg"
    for edge in 48 64 128 256; do
      mkdir -p "$out/share/icons/hicolor/''${edge}x$edge/apps"
      rsvg-convert --width "$edge" ${./assets/logo.svg} \
        --output "$out/share/icons/hicolor/''${edge}x$edge/apps/archibald.png"
    done
    rsvg-convert --width 512 ${./assets/logo.svg} --output "$out/share/archibald/logo.png"
    rsvg-convert --width 480 ${./assets/splash.svg} --output "$out/share/archibald/splash.png"
    rsvg-convert ${./assets/bar-track.svg} --output "$out/share/archibald/bar-track.png"
    rsvg-convert ${./assets/bar-fill.svg} --output "$out/share/archibald/bar-fill.png"
  ''
