# Tools for programming sound, and for finding out why it stutters.
{
  config,
  lib,
  pkgs,
  options,
  ...
}:
let
  cfg = config.archibald.vm.guest;
in
{
  options.archibald.vm.guest.tools = lib.mkOption {
    type = lib.types.listOf lib.types.package;
    default = [
      pkgs.supercollider
      pkgs.jack2
      pkgs.jack-example-tools # jack_iodelay, jack_connect
      pkgs.gcc
      pkgs.gnumake
      pkgs.cmake
      pkgs.pkg-config
      pkgs.python3
      pkgs.git
      pkgs.emacs-nox
      pkgs.neovim
      pkgs.rt-tests # cyclictest
      pkgs.stress-ng
      pkgs.htop
      pkgs.pciutils
    ];
    defaultText = lib.literalMD "SuperCollider, JACK, compilers, editors and measuring tools; see `modules/vm/guest-tools.nix`";
    description = "Packages of the guest, about 4 GB.";
  };

  config = lib.mkIf cfg.enable (
    {
      environment.systemPackages = cfg.tools;
    }
    # Takes the place of realtimeconfigquickscan, which nixpkgs does not have.
    // lib.optionalAttrs (options ? musnix) { musnix.rtcqs.enable = lib.mkDefault true; }
  );
}
