# Power saving and real time pull in opposite directions: a core that sleeps deeply or runs slowly needs 30–200 µs to be
# back. These settings keep cores awake and fast; the price is heat, fan noise and battery.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime;
  power = cfg.power;
in
{
  options.archibald.realtime.power = {
    governor = lib.mkOption {
      type = lib.types.str;
      default = "performance";
      example = "schedutil";
      description = ''
        CPU frequency governor. `performance` holds the highest frequency, so that no period is lost while the clock
        ramps up; `schedutil` saves power and costs up to some milliseconds after idle.
      '';
    };
    governorFromBoot = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Set the governor on the kernel's command line too (`cpufreq.default_governor=`), so that it holds from the first second.";
    };
    maxCState = lib.mkOption {
      type = lib.types.nullOr (lib.types.ints.between 0 9);
      default = null;
      example = 1;
      description = ''
        Deepest idle state of x86 CPUs (0–9; null leaves it to the kernel). 1 wakes up in about 2 µs, deep states need
        up to 200 µs. With 1 an idle laptop draws several watts more, and single cores reach less turbo. Sets
        `intel_idle.max_cstate=` and `processor.max_cstate=`; ignored on ARM.
      '';
    };
    profilesDaemon = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Leave Plasma's power-profiles-daemon on. It changes the governor behind this module's back, so it is off
        unless you ask for it.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    # musnix says "performance" at normal priority, so only another wish of the option has to beat it.
    powerManagement.cpuFreqGovernor =
      if power.governor == "performance" then
        lib.mkDefault "performance"
      else
        lib.mkOverride 90 power.governor;
    boot.kernelParams =
      lib.optional power.governorFromBoot "cpufreq.default_governor=${power.governor}"
      ++ lib.optionals (power.maxCState != null && pkgs.stdenv.hostPlatform.isx86) [
        "intel_idle.max_cstate=${toString power.maxCState}"
        "processor.max_cstate=${toString power.maxCState}"
      ];
    # Plasma turns it on with mkDefault; 900 wins over that and loses against a plain definition.
    services.power-profiles-daemon.enable = lib.mkOverride 900 power.profilesDaemon;
  };
}
