# `archibald-install`: the whole installation from a terminal or a script, without questions when all is given. It erases
# one disk, and only after its name was typed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.installer;
  outputs = import cfg.disko { inherit lib; };
  # The script is built with the medium, so it works without network; the chosen disk is given as a link of this name.
  formatter =
    encrypt:
    outputs._cliDestroyFormatMount {
      disko.devices = import ./disk-layout.nix {
        device = "/run/archibald/target-disk";
        inherit encrypt;
        passwordFile = "/run/archibald/disk-password";
      };
    } pkgs;
in
{
  options.archibald.installer = {
    scripted.enable = lib.mkEnableOption "the command `archibald-install`, which installs from a terminal or a script";

    formatters = lib.mkOption {
      type = lib.types.attrsOf lib.types.package;
      readOnly = true;
      default = {
        plain = formatter false;
        luks = formatter true;
      };
      defaultText = lib.literalMD "disko's scripts for the two layouts";
      description = ''
        Packages with `bin/disko-destroy-format-mount`, which erase the disk that `/run/archibald/target-disk` points
        to and mount the new partitions below /mnt. `luks` reads the password from `/run/archibald/disk-password`.
      '';
    };
  };

  config = lib.mkIf cfg.scripted.enable {
    assertions = [
      {
        assertion = cfg.flake != null && cfg.disko != null;
        message = ''
          archibald.installer.scripted.enable needs to know what to install and how to format. Import
          nixosModules.installer of this flake, or set archibald.installer.flake and archibald.installer.disko.
        '';
      }
    ];
    environment.systemPackages = [
      cfg.prepareTarget
      (pkgs.writeShellApplication {
        name = "archibald-install";
        runtimeInputs = [
          cfg.prepareTarget
          pkgs.coreutils
          pkgs.gnugrep
          pkgs.nixos-install-tools
          pkgs.util-linux
        ];
        runtimeEnv = {
          FORMAT_PLAIN = "${cfg.formatters.plain}/bin/disko-destroy-format-mount";
          FORMAT_LUKS = "${cfg.formatters.luks}/bin/disko-destroy-format-mount";
        };
        text = builtins.readFile ./archibald-install.sh;
      })
    ];
  };
}
