# What both installers leave in /etc/nixos of the new machine: a copy of this flake, a flake of the machine that extends
# its `archibaldOS`, and what was found out about the machine. `nixos-rebuild --flake /etc/nixos#archibaldOS` works there.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.installer;
in
{
  options.archibald.installer = {
    flake = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = lib.literalExpression "./.";
      description = ''
        Source of the flake that is installed. nixosModules.installer sets this very flake; another one must offer
        `nixosConfigurations.archibaldOS`.
      '';
    };

    disko = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = "Source of disko, for the formatting scripts. nixosModules.installer sets the locked version.";
    };

    prepareTarget = lib.mkOption {
      type = lib.types.package;
      readOnly = true;
      default = pkgs.writeShellApplication {
        name = "archibald-prepare-target";
        runtimeInputs = [
          pkgs.coreutils
        ];
        runtimeEnv = {
          FLAKE_SOURCE = "${cfg.flake}";
          MACHINE_FLAKE = "${./target/flake.nix}";
        };
        text = builtins.readFile ./prepare-target.sh;
      };
      defaultText = lib.literalMD "a script";
      description = "Command that fills `etc/nixos` below a mounted root; both installers call it.";
    };
  };
}
