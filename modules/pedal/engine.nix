# The LV2 host: which program, and how other programs reach it. The unit is in engine-unit.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.engine;
in
{
  options.archibald.pedal.engine = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pedal.enable;
      defaultText = lib.literalExpression "config.archibald.pedal.enable";
      description = "Run the LV2 host. Off: JACK alone, for the original programs.";
    };

    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.archibald-engine or null;
      defaultText = lib.literalExpression "pkgs.archibald-engine, from this flake's overlay";
      description = "Package with `bin/archibald-engine`.";
    };

    legacyTcp = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Listen on TCP 5555 (commands) and 5556 (feedback) of 127.0.0.1 too, where the original mod-ui looks for
        mod-host. Any program on the machine can then change the board without a password.
      '';
    };

    workers = lib.mkOption {
      type = lib.types.ints.between 0 15;
      default = 0;
      example = 1;
      description = ''
        Threads beside the callback for branches of a board that do not depend on each other (0–15), on the audio cores
        in turn. A chain without branches gains nothing. Take one less than there are audio cores, since the callback
        has one.
      '';
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--verbose" ];
      description = "Further arguments of `archibald-engine run`; see its `--help`.";
    };

    socket = lib.mkOption {
      type = lib.types.str;
      readOnly = true;
      default = "/run/archibald-engine/engine.sock";
      example = "/run/my-engine/engine.sock";
      description = "Unix socket of the host's commands, for members of the owner's group.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    assertions = [
      {
        assertion = cfg.package != null;
        message = ''
          archibald.pedal.engine.package is null. Import nixosModules.pedal of this flake, which brings the overlay
          along, or set the package yourself.
        '';
      }
    ];

    environment.systemPackages = lib.optional (cfg.package != null) cfg.package;
  };
}
