# What the audio groups may ask of the scheduler. These are PAM limits: they hold for logins and user services, not for
# system services, which state LimitRTPRIO= and LimitMEMLOCK= themselves. A member can hang one core with a bug, which is
# why the watchdog in interrupts.nix exists.
{ config, lib, ... }:
let
  cfg = config.archibald.realtime;
  limits = cfg.limits;
  limit = domain: item: value: {
    inherit domain item;
    type = "-";
    value = toString value;
  };
in
{
  options.archibald.realtime.limits = {
    groups = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "audio"
        "realtime"
      ];
      example = [ "audio" ];
      description = "Groups that get the limits below.";
    };
    rtPriority = lib.mkOption {
      type = lib.types.ints.between 1 99;
      default = 95;
      example = 90;
      description = ''
        Highest SCHED_FIFO or SCHED_RR priority a member may ask for (1–99). 99 would let a program run above the
        kernel's own watchdog threads.
      '';
    };
    niceLevel = lib.mkOption {
      type = lib.types.ints.between (-20) 19;
      default = -19;
      example = -11;
      description = "Lowest nice level a member may take (−20 to 19, lower runs first).";
    };
    lockedMemoryKiB = lib.mkOption {
      type = lib.types.either (lib.types.enum [ "unlimited" ]) lib.types.ints.unsigned;
      default = "unlimited";
      example = 4194304;
      description = ''
        How much memory a member may lock against swapping, in KiB. `unlimited` lets one program lock all of it, and
        the machine then ends in out-of-memory.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    # The last line for a group wins; musnix writes 99 for audio, so ours come after it.
    security.pam.loginLimits = lib.mkAfter (
      lib.concatMap (group: [
        (limit "@${group}" "rtprio" limits.rtPriority)
        (limit "@${group}" "nice" limits.niceLevel)
        (limit "@${group}" "memlock" limits.lockedMemoryKiB)
      ]) limits.groups
    );
    users.groups = lib.genAttrs limits.groups (_: { });
    security.rtkit.enable = lib.mkDefault true;
  };
}
