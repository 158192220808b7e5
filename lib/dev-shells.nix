# `nix develop` opens the musician's tools of the seed document; `nix develop .#rust` what our crates need.
{
  lib,
  pkgs,
  rust,
  system,
  ...
}:
let
  # `tools` shows in the manifest of outputs what a shell holds.
  shell = arguments: pkgs.mkShell arguments // { tools = arguments.packages; };
  musician = {
    x86_64-linux = [
      pkgs.audacity
      pkgs.ardour
      pkgs.fluidsynth
      pkgs.musescore
      pkgs.guitarix
      pkgs.csound
      pkgs.faust
      pkgs.supercollider
      pkgs.qjackctl
      pkgs.surge
      pkgs.vim
    ];
    aarch64-linux = [
      pkgs.jack2
      pkgs.guitarix
      pkgs.puredata
      pkgs.vim
    ];
  };
in
{
  default = shell {
    name = "archibald-music";
    packages = musician.${system};
  };
  rust = shell {
    name = "archibald-rust";
    packages = [
      rust.toolchain
      pkgs.cargo-deny
      pkgs.cargo-nextest
      pkgs.deadnix
      pkgs.jack2
      pkgs.nixfmt
      pkgs.pkg-config
    ];
    buildInputs = rust.common.buildInputs;
    # The programs open libjack when they start; nothing links it.
    LD_LIBRARY_PATH = lib.makeLibraryPath [ pkgs.libjack2 ];
    LV2_PATH = lib.makeSearchPath "lib/lv2" [
      pkgs.mda_lv2
      pkgs.swh_lv2
    ];
  };
}
