# `nix run`: the demo, from a copy of the sources with its crates already there, so that it needs no network.
{
  inputs,
  lib,
  pkgs,
  rust,
  ...
}:
let
  libraries = rust.common.buildInputs;
  demo = pkgs.writeShellApplication {
    name = "archibald-demo";
    runtimeInputs = [
      pkgs.fluidsynth
      pkgs.jack2
      pkgs.pkg-config
      pkgs.stdenv.cc
      rust.toolchain
    ];
    text = ''
      # The sources in the store cannot be written to, and cargo wants to.
      work=''${XDG_CACHE_HOME:-$HOME/.cache}/archibald-demo
      mkdir -p "$work"
      cp -rT --no-preserve=mode ${inputs.self} "$work"
      cd "$work"
      export CARGO_HOME=$work/.cargo-home
      mkdir -p "$CARGO_HOME"
      cp --no-preserve=mode ${
        rust.crane.vendorCargoDeps { src = ../.; }
      }/config.toml "$CARGO_HOME/config.toml"
      # Outside of a build nobody tells compiler, linker and loader where the libraries are.
      export PKG_CONFIG_PATH=${lib.makeSearchPathOutput "dev" "lib/pkgconfig" libraries}
      export LIBRARY_PATH=${lib.makeLibraryPath libraries}
      export LD_LIBRARY_PATH=$LIBRARY_PATH
      for font in ${pkgs.soundfont-fluid}/share/soundfonts/*.sf2; do export ARCHIBALD_SOUND_FONT=$font; done
      export LV2_PATH=${
        lib.makeSearchPath "lib/lv2" [
          pkgs.mda_lv2
          pkgs.swh_lv2
        ]
      }
      exec cargo xtask demo "$@"
    '';
  };
in
{
  default = {
    type = "app";
    program = lib.getExe demo;
    meta.description = "Play a guitar through a pedalboard without hardware";
  };
}
