# Updates that undo themselves. An update is staged while the pedal plays, from a flake or from a USB stick, and tried at a
# boot that somebody asks for; a unit judges that boot: audio must pass through the engine, or the earlier generation comes
# back. The boards' boot loader counts no boots, so this is all there is, and a kernel that does not start needs its menu.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.update;
  pedal = config.archibald.pedal;
  package = import ./package-option.nix { inherit lib pkgs; };
in
{
  options.archibald.update = {
    enable = lib.mkEnableOption "updates that undo themselves when no sound comes out" // {
      default = pedal.enable && pedal.engine.enable && cfg.package != null;
      defaultText = lib.literalMD "true on a pedal";
    };

    package = package.option "archibald-update" "archibald-update";

    withinSeconds = lib.mkOption {
      type = lib.types.ints.between 10 600;
      default = 90;
      example = 180;
      description = ''
        Seconds in which audio must pass at the first boot of an update (10–600), counted from the start of the judging
        unit. After that the earlier generation becomes the default again and the machine restarts.
      '';
    };

    flake = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[^ \n\"]+#[^ \n\"]+");
      default = null;
      example = "github:owner/pedal#nixosConfigurations.pistomp-pi4";
      description = ''
        Flake reference, with the attribute of a system, that the display's menu looks for updates in. Whoever can write
        there owns the pedal. Null: nothing is looked for, and only what a stick or `archibald-update stage` brought is
        installed. Evaluating a system takes 1–1.5 GB of memory; a Pi 3 cannot.
      '';
    };

    stick = {
      keyFile = lib.mkOption {
        type = lib.types.nullOr lib.types.path;
        default = null;
        example = lib.literalExpression "./owner.pub";
        description = ''
          File with the public key (`name:base64`) that must have signed what comes on a USB stick; the secret one stays
          with the owner. Null: nothing is ever taken from a stick.
        '';
      };

      label = lib.mkOption {
        type = lib.types.strMatching "[A-Za-z0-9_-]{1,11}";
        default = "ARCHIBALD";
        example = "PEDAL-UPD";
        description = "Label of the stick's file system (1–11 letters, digits, hyphens). Other sticks are left alone.";
      };
    };
  };

  config = lib.mkIf (cfg.enable && cfg.package != null) {
    environment.systemPackages = [ cfg.package ];
  };
}
