# Which kernel. PREEMPT_RT is a switch of the mainline kernel since 6.12: no patch, but the kernel is compiled on the
# building machine (about half an hour on 8 cores), since no cache has it.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime.kernel;
  hasMusnix = options ? musnix;
  realtime = lib.elem cfg.flavour [
    "mainline-rt"
    "raspberry-pi-rt"
  ];
  kernel = config.boot.kernelPackages.kernel;
in
{
  options.archibald.realtime.kernel = {
    flavour = lib.mkOption {
      type = lib.types.enum [
        "stock"
        "mainline-rt"
        "raspberry-pi-rt"
        "vendor"
      ];
      default = "stock";
      example = "mainline-rt";
      description = ''
        - `stock`: whatever `boot.kernelPackages` says; nothing is changed.
        - `mainline-rt`: `archibald.realtime.kernel.packages` with `CONFIG_PREEMPT_RT=y`, through musnix. Worst-case
          wake-up latency of tens of microseconds instead of milliseconds; throughput drops by a few percent.
        - `raspberry-pi-rt`: the Raspberry Pi foundation's kernel with `CONFIG_PREEMPT_RT=y`.
        - `vendor`: a board vendor's kernel that some other module sets. It is *not* PREEMPT_RT, and `system.nixos.tags`
          says so in the boot menu.
      '';
    };

    packages = lib.mkOption {
      type = lib.types.raw;
      default = pkgs.linuxPackages;
      defaultText = lib.literalExpression "pkgs.linuxPackages";
      example = lib.literalExpression "pkgs.linuxPackages_latest";
      description = ''
        Kernel package set that `mainline-rt` starts from; 6.12 or newer. The default is nixpkgs' long-term kernel; the
        newest one knows newer hardware and loses out-of-tree modules more often.
      '';
    };

    checkConfig = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Build the system only if the finished kernel's configuration has `CONFIG_PREEMPT_RT=y`. Kconfig drops symbols
        that it does not like without a word, so without this check a system can be real-time in name only.
      '';
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.flavour != "mainline-rt" || hasMusnix;
          message = ''
            archibald.realtime.kernel.flavour = "mainline-rt" needs musnix. Import nixosModules.realtime of this flake,
            which brings it along, or choose "stock".
          '';
        }
        {
          assertion = cfg.flavour != "mainline-rt" || lib.versionAtLeast cfg.packages.kernel.version "6.12";
          message = ''
            archibald.realtime.kernel.packages is Linux ${cfg.packages.kernel.version}; PREEMPT_RT is in the kernel
            since 6.12. Use pkgs.linuxPackages or pkgs.linuxPackages_latest.
          '';
        }
      ];
    }
    (lib.mkIf (cfg.flavour == "vendor") { system.nixos.tags = [ "not-realtime" ]; })
    (lib.mkIf (realtime && cfg.checkConfig) {
      system.checks = [ config.system.build.realtimeKernelCheck ];
    })
    (lib.mkIf realtime {
      system.build.realtimeKernelCheck = pkgs.runCommand "preempt-rt-${kernel.version}" { } ''
        if ! grep -x CONFIG_PREEMPT_RT=y ${kernel.configfile} > "$out"; then
          echo "The kernel configuration has no CONFIG_PREEMPT_RT=y, so this system would not be real-time." >&2
          echo "Another module replaced the kernel or its configuration: see boot.kernelPackages." >&2
          exit 1
        fi
      '';
    })
    (lib.optionalAttrs hasMusnix (
      lib.mkIf (cfg.flavour == "mainline-rt") {
        musnix.kernel = {
          realtime = lib.mkDefault true;
          packages = lib.mkDefault cfg.packages;
        };
      }
    ))
  ];
}
