# The unit `jack`. Everything else of the chain requires it, so restarting it restarts them in order.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  affinity = config.archibald.realtime.cpuLists.audio;
in
{
  config = lib.mkIf (pedal.enable && pedal.jack.enable) {
    systemd.services.jack = {
      description = "JACK sound server";
      documentation = [ "man:jackd(1)" ];
      wantedBy = [ "multi-user.target" ];
      after = [ "sound.target" ];
      # When JACK fails at first (no card yet, a wrong period), the engine's start fails with it, and nothing else would try
      # it again: each new start of JACK does.
      wants = lib.optional (pedal.engine.enable && pedal.engine.package != null) "mod-host.service";
      # A new period reaches a running pedal only by a restart, which nixos-rebuild then makes.
      restartTriggers = [ config.environment.etc."default/jack".source ];
      startLimitIntervalSec = 0; # a card that comes late is waited for, forever
      environment = {
        JACK_NO_AUDIO_RESERVATION = "1"; # there is no session bus to ask
        JACK_PROMISCUOUS_SERVER = "jack";
        JACK_READY = lib.getExe (
          pkgs.writeShellApplication {
            name = "jack-ready";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.jack-example-tools
              pkgs.systemd
            ];
            text = builtins.readFile ./jack-ready.sh;
          }
        );
      };
      serviceConfig =
        import ./sandbox.nix
        // {
          ExecStart = "/etc/jackdrc";
          # Told by a process that the script leaves beside the server: in ExecStartPost it would be fenced in a second time, which
          # takes as much of a slow processor as the server's own start, at the same moment.
          Type = "notify";
          NotifyAccess = "all";
          # Later files win: the period chosen on the pedal itself stands over the built one.
          EnvironmentFile = [
            "/etc/default/jack"
            "-/var/lib/archibald/jack"
          ];
          User = "jack";
          Group = "jack";
          SupplementaryGroups = [ "audio" ];
          UMask = "0007";
          Restart = "always";
          # Nothing at all: any other time may last a quarter of a second longer, by which systemd lets its timers wait for each
          # other. What cannot work at once, the script waits for.
          RestartSec = 0;
          TimeoutStartSec = 30;
          TimeoutStopSec = 5;
          Slice = "audio.slice";
          LimitRTPRIO = 95;
          LimitMEMLOCK = "infinity";
          MemoryDenyWriteExecute = true;
          # No PrivateNetwork: an empty network of its own costs a restart a grace period of the kernel and the work of making it;
          # sandbox.nix leaves the server no address family but that of local sockets.
          DeviceAllow = [ "char-alsa rw" ];
        }
        // lib.optionalAttrs (affinity != "") { CPUAffinity = affinity; };
    };
  };
}
