# PREEMPT_RT for the Raspberry Pi foundation's kernel. nixos-hardware's expression overwrites the configuration that
# musnix and boot.kernelPatches hand in, so both are silently without effect there; `argsOverride` is its only door, and it
# replaces the whole set, which therefore stands here again. The kernel compiles for hours on a Pi itself.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime;
  pi = cfg.raspberryPi;
  inherit (lib.kernel)
    freeform
    no
    option
    yes
    ;
  # What the foundation's defconfigs want against nixpkgs' common configuration (nixos-hardware, August 2026).
  vendorConfig = {
    NR_CPUS = lib.mkForce (freeform "4");
    CMA_SIZE_MBYTES = lib.mkForce (freeform "5");
    NFS_FS = lib.mkForce yes;
    NFS_V4 = yes;
    ROOT_NFS = yes;
    IP_PNP = lib.mkForce yes;
    IP_PNP_DHCP = yes;
    IP_PNP_RARP = yes;
    NET_CLS_BPF = lib.mkForce yes;
    NLS_CODEPAGE_437 = lib.mkForce yes;
    FB_SIMPLE = yes;
  };
  realtimeConfig = {
    EXPERT = yes;
    PREEMPT = lib.mkForce yes;
    PREEMPT_LAZY = lib.mkForce no;
    PREEMPT_VOLUNTARY = lib.mkForce no;
    PREEMPT_RT = yes;
    RT_GROUP_SCHED = lib.mkForce (option no);
  };
in
{
  options.archibald.realtime.raspberryPi = {
    version = lib.mkOption {
      type = lib.types.enum [
        3
        4
        5
      ];
      default = 4;
      description = "Model of the Raspberry Pi that `flavour = \"raspberry-pi-rt\"` builds the kernel for.";
    };

    kernelExpression = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = ''
        nixos-hardware's `raspberry-pi/common/kernel.nix`. nixosModules.realtime of this flake sets it to the locked
        version; set it yourself when you import the module folder directly.
      '';
    };

    extraConfig = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      default = { };
      example = lib.literalExpression "{ SND_SOC_CS42XX8_I2C = lib.kernel.module; }";
      description = "Further kernel symbols, values from `lib.kernel`. A symbol that Kconfig refuses is dropped silently.";
    };
  };

  config = lib.mkIf (cfg.kernel.flavour == "raspberry-pi-rt") {
    assertions = [
      {
        assertion = pi.kernelExpression != null;
        message = ''
          archibald.realtime.kernel.flavour = "raspberry-pi-rt" needs nixos-hardware's kernel. Import
          nixosModules.realtime of this flake, or set archibald.realtime.raspberryPi.kernelExpression.
        '';
      }
    ];
    # nixos-hardware's board module sets its own kernel with mkDefault; a plain definition of the user still wins.
    boot.kernelPackages = lib.mkOverride 900 (
      pkgs.linuxPackagesFor (
        pkgs.callPackage pi.kernelExpression {
          rpiVersion = pi.version;
          argsOverride.structuredExtraConfig = vendorConfig // realtimeConfig // pi.extraConfig;
        }
      )
    );
  };
}
