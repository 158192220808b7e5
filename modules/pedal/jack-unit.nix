# The unit `jack`. Everything else of the chain requires it, so restarting it restarts them in order.
{
  config,
  lib,
  pkgs,
  utils,
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
      # When JACK fails at first (no card yet, a wrong period), the start of what needs it fails with it, and nothing else would
      # try it again: each new start of JACK does.
      wants =
        lib.optional (pedal.engine.enable && pedal.engine.package != null) "mod-host.service"
        ++ lib.optionals (pedal.midi.package != null) (
          map (unit: "${unit}.service") pedal.midi.enabledUnits
        );
      # A new period reaches a running pedal only by a restart, which nixos-rebuild then makes.
      restartTriggers = [ config.environment.etc."default/jack".source ];
      startLimitIntervalSec = 0; # a card that comes late is waited for, forever
      onFailure = [ "archibald-jack-again.service" ];
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
          # A start that fails is another matter: the server ends with 255, the script with 1 or 2, a time-out with SIGABRT. Tried again at
          # once, it would take the control service along each time (PartOf), and whoever is ordered after the engine would never be
          # started, because there is always another job of the engine before him. It is tried again by a unit of its own.
          RestartPreventExitStatus = "1 2 255 SIGABRT";
          TimeoutStartSec = 30;
          TimeoutStartFailureMode = "abort";
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

    # A start and no restart: it brings the engine along (Wants), and leaves alone what runs without a server. So a pedal whose card is
    # broken still has its display, its page and SSH.
    systemd.services.archibald-jack-again = {
      description = "Another try for a sound server that did not start";
      startLimitIntervalSec = 0;
      # Whoever stops the server means it.
      unitConfig.StopPropagatedFrom = "jack.service";
      serviceConfig = import ./sandbox.nix // {
        Type = "oneshot";
        ExecStart = [
          (utils.escapeSystemdExecArgs [
            (lib.getExe' pkgs.coreutils "sleep")
            "2"
          ])
          (utils.escapeSystemdExecArgs [
            (lib.getExe' pkgs.systemd "systemctl")
            "--no-block"
            "start"
            "jack.service"
          ])
        ];
        MemoryDenyWriteExecute = true;
        PrivateNetwork = true;
        RestrictRealtime = true;
        UMask = "0077";
      };
    };
  };
}
