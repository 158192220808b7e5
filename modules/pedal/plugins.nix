# The LV2 plugins of the pedal, as one folder that services and sessions share. Names that nixpkgs dropped fail with one
# sentence; packages without a build for the board's processor are left out there by themselves.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.plugins;
  names = lib.subtractLists cfg.excludeNames (lib.unique (cfg.names ++ cfg.extraNames));
  lookUp = name: lib.attrByPath (lib.splitString "." name) null pkgs;
  # A name that nixpkgs retired is still there, as a throw.
  exists = name: (builtins.tryEval (lib.isDerivation (lookUp name))).value;
  missing = lib.filter (name: !exists name) names;
  # meta.broken may depend on the processor, as meta.platforms does.
  builds =
    name:
    lib.meta.availableOn pkgs.stdenv.hostPlatform (lookUp name)
    && !((lookUp name).meta.broken or false);
  split = lib.partition builds (lib.subtractLists missing names);
in
{
  options.archibald.pedal.plugins = {
    names = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = import ./plugin-set.nix;
      defaultText = lib.literalMD "the list in `modules/pedal/plugin-set.nix`";
      example = [
        "calf"
        "guitarix"
      ];
      description = "nixpkgs attributes that bring LV2 plugins. The whole set takes about one gigabyte of the card.";
    };

    extraNames = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "sooperlooper" ];
      description = "Further attributes, beside `names`.";
    };

    excludeNames = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "airwindows-lv2" ];
      description = "Attributes of `names` to leave out, for instance one that does not build today.";
    };

    leftOut = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      readOnly = true;
      default = split.wrong;
      defaultText = lib.literalMD "names of the list without a build for this processor";
      description = "What was asked for and is not in the image, because nixpkgs marks it broken or unsupported on this processor.";
    };

    tree = lib.mkOption {
      type = lib.types.package;
      readOnly = true;
      # Two packages may carry the same bundle (x42 meters); the first of the list then wins.
      default = pkgs.buildEnv {
        name = "pedal-lv2";
        paths = map lookUp split.right;
        pathsToLink = [ "/lib/lv2" ];
        ignoreCollisions = true;
      };
      defaultText = lib.literalMD "all of them, linked into one folder";
      description = "The joined plugins; `lib/lv2` in it is what `LV2_PATH` names.";
    };

    path = lib.mkOption {
      type = lib.types.str;
      readOnly = true;
      default = "/home/${pedal.user}/.lv2:${cfg.tree}/lib/lv2";
      defaultText = lib.literalExpression ''"/home/''${config.archibald.pedal.user}/.lv2:''${config.archibald.pedal.plugins.tree}/lib/lv2"'';
      description = "`LV2_PATH` of the services: the owner's own bundles come first.";
    };
  };

  config = lib.mkIf pedal.enable {
    assertions = [
      {
        assertion = missing == [ ];
        message = ''
          nixpkgs has no package named ${lib.concatStringsSep ", " missing} for the pedal's plugins. Put a name that is
          gone into archibald.pedal.plugins.excludeNames and its new one into extraNames.
        '';
      }
    ];
    # musnix sets LV2_PATH with mkDefault for the folders of a desktop.
    environment.sessionVariables.LV2_PATH = cfg.path;
    environment.systemPackages = [ pkgs.lilv ];
  };
}
