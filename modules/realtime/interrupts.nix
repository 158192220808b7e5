# Interrupts: rtirq gives the sound cards' handler threads a high priority, a unit of ours moves them to an audio core
# (by following sysfs from the card to the controller, also on boards where rtirq finds nothing), and a watchdog stops a
# real-time program that hangs a core. The watchdog itself costs a wake-up every few seconds.
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
  movesInterrupts = cfg.cpuLists.audio != "" || cfg.partitionAtBoot.enable;
in
{
  options.archibald.realtime = {
    rtirq = {
      enable = lib.mkOption {
        type = lib.types.bool;
        default = true;
        description = "Raise the priority of interrupt threads at boot with rtirq. Needs threaded interrupts, which musnix turns on.";
      };
      names = lib.mkOption {
        type = lib.types.listOf lib.types.str;
        default = [
          "snd"
          "usb"
          "i8042"
        ];
        example = [
          "snd_usb_audio"
          "snd"
          "usb"
        ];
        description = ''
          Interrupt names in order of priority: the first gets SCHED_FIFO 90, each next kind 5 less, never below 51.
          They must stay above the audio server (88 for PipeWire, 70 for JACK), or it waits for its own card.
        '';
      };
    };
    watchdog.enable = lib.mkOption {
      type = lib.types.bool;
      default = cfg.enable && cfg.kernel.flavour == "mainline-rt";
      defaultText = lib.literalExpression ''true with the kernel flavour "mainline-rt"'';
      description = ''
        Run das_watchdog, which takes real-time priority away from all programs when one of them starves the system
        for seconds. Without it such a program hangs the machine until the power is cut.
      '';
    };
  };

  config = lib.mkMerge [
    (lib.optionalAttrs hasMusnix {
      musnix.das_watchdog.enable = lib.mkDefault cfg.watchdog.enable;
      musnix.rtirq = lib.mkIf (cfg.enable && cfg.rtirq.enable) {
        enable = lib.mkDefault true;
        nameList = lib.mkDefault (lib.concatStringsSep " " cfg.rtirq.names);
      };
    })
    (lib.mkIf (cfg.enable && movesInterrupts) {
      systemd.services.archibald-sound-interrupts = {
        description = "Move the interrupts of sound cards to an audio core";
        wantedBy = [ "sound.target" ];
        # A pedal's first sound does not wait for it: the interrupts come through on the other cores, too. (Without being ordered
        # after the target, the target, and with it the server, would wait for this.)
        after = [
          "archibald-partition-cores.service"
          "sound.target"
          "mod-host.service"
        ];
        environment.AUDIO_CORES = cfg.cpuLists.audio;
        serviceConfig = {
          Type = "oneshot";
          ExecStart = lib.getExe (
            pkgs.writeShellApplication {
              name = "archibald-sound-interrupts";
              runtimeInputs = [ pkgs.coreutils ];
              text = builtins.readFile ./sound-interrupts.sh;
            }
          );
          # /proc/irq must stay writable, so no ProtectKernelTunables.
          CapabilityBoundingSet = [ "CAP_SYS_NICE" ];
          NoNewPrivileges = true;
          PrivateNetwork = true;
          PrivateTmp = true;
          ProtectHome = true;
          ProtectSystem = "strict";
          ProtectKernelModules = true;
          ProtectKernelLogs = true;
          ProtectControlGroups = true;
          ProtectClock = true;
          ProtectHostname = true;
          RestrictAddressFamilies = "none";
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          SystemCallArchitectures = "native";
          SystemCallFilter = [ "@system-service" ];
        };
      };
      # A card that is plugged in later brings new interrupts.
      services.udev.extraRules = ''
        ACTION=="add", SUBSYSTEM=="sound", KERNEL=="card*", TAG+="systemd", ENV{SYSTEMD_WANTS}+="archibald-sound-interrupts.service"
      '';
    })
  ];
}
