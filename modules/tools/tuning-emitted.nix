# What `rt-tune emit-nix` wrote on a machine, taken into its configuration. A file that is in `imports` is there before any
# option has a value; one that an option names can depend on the machine, and may set only what emit-nix writes.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.tuning;
  read = if cfg.emitted == null then { } else import cfg.emitted;
  module = if lib.isFunction read then read { inherit lib options; } else read;
  # `config = lib.mkMerge [ … ]`, or nothing at all.
  parts = (module.config or { }).contents or [ ];

  areas = [
    "boot"
    "hardware"
    "networking"
    "powerManagement"
    "security"
    "services"
    "systemd"
  ];
  ours = lib.filter (name: options.archibald ? ${name}) [
    "audio"
    "hardware"
    "realtime"
  ];
  archibald = lib.catAttrs "archibald" parts;
  tuning = lib.catAttrs "tuning" archibald;
  merged = names: from: lib.genAttrs names (name: lib.mkMerge (lib.catAttrs name from));

  namesOf = lib.concatMap lib.attrNames;
  foreign =
    lib.subtractLists (
      areas
      ++ [
        "archibald"
        "musnix"
      ]
    ) (namesOf parts)
    ++ map (name: "archibald.${name}") (lib.subtractLists (ours ++ [ "tuning" ]) (namesOf archibald))
    ++ map (name: "archibald.tuning.${name}") (lib.subtractLists [ "enable" ] (namesOf tuning));
in
{
  options.archibald.tuning.emitted = lib.mkOption {
    type = lib.types.nullOr lib.types.path;
    default = null;
    example = lib.literalExpression "./tuning.nix";
    description = ''
      File that `rt-tune emit-nix` wrote on this machine: what was tuned and measured there becomes part of the system. The
      same file can stand in `imports` instead. Fixes that a boot forgets make it turn `archibald.tuning.enable` on. Null:
      none.
    '';
  };

  # What depends on the file stands below names that do not, or reading the option would ask for itself.
  config =
    merged areas parts
    // lib.optionalAttrs (options ? musnix) (merged [ "musnix" ] parts)
    // {
      archibald = merged ours archibald // {
        tuning.enable = lib.mkMerge (lib.catAttrs "enable" tuning);
      };
      assertions = [
        {
          assertion = module == { } || module ? config;
          message = ''
            archibald.tuning.emitted names ${toString cfg.emitted}, which rt-tune emit-nix has not written. Put a module
            of your own into imports.
          '';
        }
        {
          assertion = foreign == [ ];
          message = ''
            archibald.tuning.emitted names ${toString cfg.emitted}, which sets ${lib.concatStringsSep ", " (lib.unique foreign)}: rt-tune
            emit-nix does not write that. Put the file into imports, or take the lines out.
          '';
        }
      ];
    };
}
