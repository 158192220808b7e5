# Written by rt-tune 0.1.0 emit-nix on Linux 6.12.43: add it to imports, or name it in
# archibald.tuning.emitted.
# Not in here: rt-kernel; a kernel is built for it: set archibald.realtime.kernel.flavour or
# musnix.kernel.realtime.
# Not in here: nohz-full; decide it yourself: boot.kernelParams without nohz_full=.
# Not in here: rcu-nocbs; decide it yourself: boot.kernelParams = [ "rcu_nocbs=2-3" ].
# Not in here: managed-irq; decide it yourself: boot.kernelParams = [
# "isolcpus=managed_irq,domain,2-3" ].
# Not in here: module-options; decide it yourself: boot.extraModprobeConfig.
# Not in here: pipewire-clock; decide it yourself:
# services.pipewire.extraConfig.pipewire."92-low-latency"."context.properties".
# mkOverride 80 goes before what other modules set; mkForce goes before both.
{ lib, options, ... }:
{
  config = lib.mkMerge [
    # workqueue: deferred work of the kernel does not run on the CPUs that compute audio.
    # Found: ff; applied: 1 (2 places; the first is named). It costs: the remaining CPUs do it.
    {
      systemd.tmpfiles.rules = [
        "w- /sys/devices/virtual/workqueue/cpumask - - - - 1"
        "w- /sys/devices/virtual/workqueue/writeback/cpumask - - - - 1"
      ];
    }
    # swappiness: memory of audio programs is not written to the disk while there is any other to
    # free.
    # Found: 60; applied: 10. It costs: less memory for the file cache.
    {
      boot.kernel.sysctl."vm.swappiness" = lib.mkOverride 80 10;
    }
    # stat-interval: the kernel's statistics of memory wake the CPUs less often.
    # Found: 1; applied: 10. It costs: statistics are up to 10 s old.
    {
      boot.kernel.sysctl."vm.stat_interval" = lib.mkOverride 80 10;
    }
    # quantum: the period is the part of the latency that one chooses; this one is a rung above the
    # lowest that held.
    # Measured by rt-tune quantum on 2026-11-21 04:52 UTC, Linux 6.12.43, PipeWire at 48000 Hz, 50 %
    # of each period burnt beside cpu: lowest that held 64 frames (1.33 ms; 40 clean seconds: at
    # most 1 per 5 seconds, 95 %), recommended 128 frames (2.67 ms; 40 clean seconds: at most 1 per
    # 5 seconds, 95 %).
    {
      services.pipewire.extraConfig.pipewire."95-rt-tune" = {
        "context.properties" = {
          "default.clock.quantum" = 128;
          "default.clock.min-quantum" = 128;
        };
        "context.properties.rules" = [
          {
            matches = [ { "cpu.vm.name" = "!null"; } ];
            actions.update-props."default.clock.min-quantum" = 128;
          }
        ];
      };
    }
    (lib.optionalAttrs (options ? archibald.audio) {
      archibald.audio.quantumFrames = lib.mkOverride 80 128;
    })
    # preempt-mode: with less than full preemption a system call of any program delays the audio
    # thread until it is over.
    # Found: voluntary (by debugfs; boot with preempt=full). Good: full (PREEMPT_RT has it always).
    {
      boot.kernelParams = [ "preempt=full" ];
    }
    # c-states: a CPU in deep sleep wakes too late for the period that woke it.
    # Found: POLL 0 µs, C1 2 µs, C6 133 µs (deeper sleep than a short period allows; it is only
    # forbidden while audio runs, by rt-tune). Good: none that takes longer to leave than a
    # twentieth of the period: 66 µs for 64 frames at 48 kHz.
    {
      services.udev.extraRules = ''
        KERNEL=="cpu_dma_latency", GROUP="audio", MODE="0660"
      '';
    }
    (lib.optionalAttrs (options ? archibald.tuning) {
      archibald.tuning.enable = true;
    })
    # pcie-aspm: a link in a saving state delays the first transfer of a sound card or USB
    # controller.
    # Found: default (what the firmware left: links may sleep). Good: performance.
    {
      boot.kernelParams = [ "pcie_aspm.policy=performance" ];
    }
    # isolated-cores: the kernel moves nothing to an isolated CPU by itself, so audio that is not
    # bound there shares the others.
    # Found: 1-3 of 0-3 (isolated, with nothing placed there: all audio shares CPUs 0 with
    # everything else). Good: none, or those that real-time threads are bound to.
    (lib.optionalAttrs (options ? archibald.realtime) {
      archibald.realtime.enable = true;
      archibald.hardware.cpuCount = 4;
      archibald.realtime.audioCores = lib.mkOverride 80 [
        1
        2
        3
      ];
    })
    # timer-migration: an idle CPU's timers move to a busy one, which may be the one that computes
    # audio.
    # Found: on (timers may move to the CPUs that compute audio). Good: off where CPUs are set aside
    # for audio.
    {
      boot.kernel.sysctl."kernel.timer_migration" = lib.mkOverride 80 0;
    }
    # irq-priority: a server above the interrupt of its own card waits for data that the interrupt
    # has not brought yet.
    # Found: irq/126-snd_hda FIFO 50 (a program comes before the interrupt that it waits for). Good:
    # above every audio server and above the threads of other interrupts: 90.
    (lib.optionalAttrs (options ? musnix) {
      musnix.enable = true;
      musnix.rtirq.enable = true;
    })
    # irq-affinity: an interrupt of a disk or network card on the CPU that computes audio takes its
    # time away.
    # Found: 2 on the wrong side (CPUs 1-3 are for audio). Good: sound on the CPUs for audio,
    # everything else on the others.
    # What stands above settles it.

    # compaction: the kernel moves memory about, and a thread that uses it waits.
    # Found: 20 (of 100). Good: 0.
    {
      boot.kernel.sysctl."vm.compaction_proactiveness" = lib.mkOverride 80 0;
    }
    # dirty-limits: a card that has to swallow a gigabyte at once stops every program that writes, a
    # recording first.
    # Found: 20 % (of all memory may wait). Good: at most 10 %, or 16 to 64 MiB on a machine with an
    # SD card.
    {
      boot.kernel.sysctl."vm.dirty_bytes" = lib.mkOverride 80 50331648;
      boot.kernel.sysctl."vm.dirty_background_bytes" = lib.mkOverride 80 16777216;
    }
    # inotify: a sampler or browser of samples that cannot watch its folders reads them again and
    # again.
    # Found: 65536 (large folders of samples have more files). Good: 524288 or more.
    {
      boot.kernel.sysctl."fs.inotify.max_user_watches" = lib.mkOverride 80 524288;
    }
    # limit-rtprio: without it the audio threads run as ordinary ones and wait for every other
    # program.
    # Found: 0 (by the login's own value, as no line is about the user: no real-time priority at
    # all). Good: 95 or more.
    {
      security.pam.loginLimits = [
        {
          domain = "@audio";
          item = "rtprio";
          type = "-";
          value = "95";
        }
      ];
    }
    # limit-memlock: memory that is not locked may have to be fetched from the disk in the middle of
    # a period.
    # Found: 8 MiB (by the login's own value, as no line is about the user; JACK alone wants more).
    # Good: unlimited, or 512 MiB.
    {
      security.pam.loginLimits = [
        {
          domain = "@audio";
          item = "memlock";
          type = "-";
          value = "unlimited";
        }
      ];
    }
    # limit-nice: PipeWire gives its ordinary threads nice -11, so that they are not late to feed
    # the others.
    # Found: 20 (by the login's own value, as no line is about the user; PipeWire asks for -11).
    # Good: -19 or lower.
    {
      security.pam.loginLimits = [
        {
          domain = "@audio";
          item = "nice";
          type = "-";
          value = "-19";
        }
      ];
    }
    # limit-nofile: a large session opens a file for each sample and a descriptor for each client.
    # Found: 4096 (by the login's own value, as no line is about the user). Good: 8192 or more
    # (musnix gives 99999).
    {
      security.pam.loginLimits = [
        {
          domain = "@audio";
          item = "nofile";
          type = "-";
          value = "99999";
        }
      ];
    }
    # hda-power-save: a codec that was put to sleep clicks and starts late.
    # Found: 10 s (then the codec goes to sleep). Good: 0.
    {
      boot.extraModprobeConfig = ''
        options snd_hda_intel power_save=0 power_save_controller=N
      '';
    }
    # rtkit: it gives priority 20 at most, 25 threads at most, and kills a thread that runs for 200
    # ms.
    # Found: not running (and the limits do not give priorities either, as far as was seen). Good:
    # running where the session has no limits of its own; with limits FIFO 88 directly is better.
    {
      security.rtkit.enable = true;
    }
  ];
}
