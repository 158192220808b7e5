# Who may run where, by cgroup: system services on the housekeeping cores, audio services in audio.slice on the audio
# cores. A cgroup is a wall: a program in system.slice cannot move itself to an audio core, not even as root by taskset.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.realtime;
  inherit (cfg) cpuLists;
  partitioned = cpuLists.audio != "";
  # With PipeWire in the user's session the user slice must keep all cores; see ../audio/pipewire.nix for its pinning.
  sessionAudio = config.services.pipewire.enable && !config.services.pipewire.systemWide;
in
{
  options.archibald.realtime.isolation.housekeepingSlices = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ "system" ] ++ lib.optional (!sessionAudio) "user";
    defaultText = lib.literalExpression ''[ "system" ], and "user" when PipeWire does not run in the user's session'';
    example = [ "system" ];
    description = ''
      Top-level systemd slices that are kept off the audio cores (names without `.slice`). What is left out may use
      them. Without effect when no audio core is named.
    '';
  };

  config = lib.mkIf cfg.enable {
    systemd.slices = {
      audio = {
        description = "Real-time audio services";
        sliceConfig = lib.mkIf partitioned { AllowedCPUs = cpuLists.audio; };
      };
    }
    // lib.optionalAttrs partitioned (
      lib.genAttrs cfg.isolation.housekeepingSlices (_: {
        sliceConfig.AllowedCPUs = lib.mkDefault cpuLists.housekeeping;
      })
    );

    # For programs that people start themselves: `audio-cores ardour8`.
    environment.systemPackages = lib.mkIf (partitioned || cfg.partitionAtBoot.enable) [
      (pkgs.writeShellApplication {
        name = "audio-cores";
        runtimeInputs = [ pkgs.util-linux ];
        text = ''
          if [ $# -eq 0 ]; then
            echo "usage: audio-cores PROGRAM [ARGUMENT…]  runs PROGRAM on the cores kept for audio" >&2
            exit 64
          fi
          cores=${lib.escapeShellArg cpuLists.audio}
          if [ -r /run/archibald/audio-cores ]; then read -r cores < /run/archibald/audio-cores; fi
          if [ -z "$cores" ]; then exec "$@"; fi
          exec taskset --cpu-list "$cores" "$@"
        '';
      })
    ];
  };
}
