# The attribute names of a whole nixpkgs that the stand-in offers: { top; sub.<set>; }. Without aliases, so that a name
# which nixpkgs has given up is missing. Written once into an evaluation tree, see docs/reference/evaluation.md.
{ nixpkgs }:
let
  pkgs = import nixpkgs {
    system = "x86_64-linux";
    config.allowAliases = false;
  };
  inherit (pkgs) lib;
  # Sets that modules take packages from; one that nixpkgs has given up is left out.
  sets = lib.filter (name: pkgs ? ${name}) [
    "gst_all_1"
    "kdePackages"
    "libsForQt5"
    "linuxPackages"
    "llvmPackages"
    "lxqt"
    "magnetophonDSP"
    "open-music-kontrollers"
    "perlPackages"
    "python3Packages"
    "qt6"
    "qt6Packages"
    "supercolliderPlugins"
    "unixtools"
    "xorg"
  ];
  visible = set: lib.filter (name: !lib.hasPrefix "__" name) (builtins.attrNames set);
in
{
  top = lib.remove "AAAAAASomeThingsFailToEvaluate" (visible pkgs);
  sub = lib.genAttrs sets (name: visible pkgs.${name}) // {
    wallpapers = visible pkgs.nixos-artwork.wallpapers;
  };
}
