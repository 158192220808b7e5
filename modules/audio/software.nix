# The programs of a variant. They are chosen by name, so that a package that nixpkgs renamed or dropped is one clear
# sentence and not a stack trace, and so that programs without an ARM build are left out there by themselves.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.audio.software;
  manifests = import ./manifests.nix;
  wanted =
    lib.optionals (cfg.manifest != null) (lib.concatLists (lib.attrValues manifests.${cfg.manifest}))
    ++ cfg.extraNames;
  names = lib.subtractLists cfg.excludeNames (lib.unique wanted);
  lookUp = name: lib.attrByPath (lib.splitString "." name) null pkgs;
  # A name that nixpkgs retired is still there, as a throw.
  exists = name: (builtins.tryEval (lib.isDerivation (lookUp name))).value;
  missing = lib.filter (name: !exists name) names;
  usable = lib.filter (lib.meta.availableOn pkgs.stdenv.hostPlatform) (
    map lookUp (lib.subtractLists missing names)
  );
  measuring = [
    pkgs.rt-tests
    pkgs.jack-example-tools
    pkgs.alsa-utils
    pkgs.pciutils
    pkgs.usbutils
  ];
in
{
  options.archibald.audio.software = {
    manifest = lib.mkOption {
      type = lib.types.nullOr (lib.types.enum (lib.attrNames manifests));
      default = null;
      example = "workstation";
      description = ''
        Which list of `modules/audio/manifests.nix` to install. `workstation`: everything for production, several
        gigabytes. `board`: what runs well on a small ARM board, about one gigabyte. `board-core`: the same without
        jalv and jack_capture. Null: none.
      '';
    };

    extraNames = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [
        "hydrogen"
        "kdePackages.kdenlive"
      ];
      description = "Further packages by attribute name. A name that does not exist fails the evaluation by name.";
    };

    excludeNames = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "csound-qt" ];
      description = "Names of the manifest to leave out, for instance one that does not build today.";
    };

    measuringTools = lib.mkOption {
      type = lib.types.bool;
      default = cfg.manifest != null;
      defaultText = lib.literalMD "true with a manifest";
      description = "Install cyclictest, jack_iodelay, aplay, lspci and lsusb (about 10 MB).";
    };
  };

  config = {
    assertions = [
      {
        assertion = missing == [ ];
        message = ''
          nixpkgs has no package named ${lib.concatStringsSep ", " missing}. If it is in the manifest, put it into
          archibald.audio.software.excludeNames and its new name into extraNames; else correct extraNames.
        '';
      }
    ];
    environment.systemPackages = usable ++ lib.optionals cfg.measuringTools measuring;
  };
}
