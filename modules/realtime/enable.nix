# The switch of the whole area, and the parts of it that have no file of their own: musnix, sysctl, device access.
# musnix raises swappiness, threads the interrupts, sets the governor and the limits of the group audio.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime;
  hasMusnix = options ? musnix;
in
{
  options.archibald.realtime = {
    enable = lib.mkEnableOption "real-time scheduling for audio: limits, interrupt priorities, power and kernel settings";

    swappiness = lib.mkOption {
      type = lib.types.ints.between 0 200;
      default = 10;
      example = 0;
      description = ''
        How willingly the kernel swaps program memory out to keep file caches (0–200, the kernel's own default is 60).
        Low: less chance that an audio program waits for the disk. 0 swaps only just before memory runs out.
      '';
    };

    softwareSequencer = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Load the ALSA sequencer modules at boot, so that MIDI programs find them. Costs some 100 kB.";
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        warnings = lib.optional (!hasMusnix) ''
          archibald.realtime.enable is on, but musnix is not imported: there will be no rtirq and no generic PREEMPT_RT
          kernel. Import nixosModules.realtime of this flake, which brings musnix along.
        '';

        boot.kernel.sysctl = {
          # musnix sets 10 at normal priority, so only another wish of the option needs to beat it.
          "vm.swappiness" =
            if cfg.swappiness == 10 then lib.mkDefault 10 else lib.mkOverride 90 cfg.swappiness;
        }
        // lib.optionalAttrs pkgs.stdenv.hostPlatform.isx86 {
          # MIDI sequencers ask the timers for ticks faster than the default limit of 64 a second.
          "dev.hpet.max-user-freq" = lib.mkDefault 2048;
        };
      }
      (lib.optionalAttrs hasMusnix {
        musnix = {
          enable = lib.mkDefault true;
          alsaSeq.enable = lib.mkDefault cfg.softwareSequencer;
        };
      })
      (lib.optionalAttrs (!hasMusnix) {
        boot.kernelParams = [ "threadirqs" ];
        boot.kernelModules = lib.optionals cfg.softwareSequencer [
          "snd-seq"
          "snd-rawmidi"
        ];
        services.udev.extraRules = ''
          KERNEL=="rtc0", GROUP="audio"
          KERNEL=="hpet", GROUP="audio"
          DEVPATH=="/devices/virtual/misc/cpu_dma_latency", OWNER="root", GROUP="audio", MODE="0660"
        '';
      })
    ]
  );
}
