# latency-probe as a timer: measures the round trip at quiet hours, so that a slow creep or a changed driver is seen in
# the history and in the metrics. It sends a test signal through the given ports and refuses while somebody plays.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.archibald.latencyProbe;
  package = import ./package-option.nix { inherit lib pkgs; };
  inherit (config.archibald) pedal;
  onPedal = pedal.enable && pedal.jack.enable;
  option =
    flag: value:
    lib.optionals (value != null) [
      flag
      (toString value)
    ];
in
{
  options.archibald.latencyProbe = {
    enable = lib.mkEnableOption "a regular measurement of the round-trip latency. Needs a cable from the output to the input";

    package = package.option "latency-probe" "latency-probe";

    schedule = lib.mkOption {
      type = lib.types.str;
      default = "daily";
      example = "*-*-* 04:30:00";
      description = "When to measure, a systemd calendar expression. One run takes about 3 seconds.";
    };

    targetMs = lib.mkOption {
      type = lib.types.nullOr lib.types.numbers.positive;
      default = null;
      example = 6.5;
      description = ''
        Round trip in milliseconds that the unit may not exceed; above it the unit fails, which monitoring sees. Null:
        measure and never fail. Two periods and the converters are the floor: 128 frames at 48 kHz cannot be below 5.4.
      '';
    };

    sendPort = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "system:playback_1";
      description = "JACK port that the cable leaves from. Null: the first physical output.";
    };

    receivePort = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "system:capture_1";
      description = "JACK port that the cable ends at. Null: the first physical input.";
    };

    metricsFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/var/lib/node-exporter/latency.prom";
      description = ''
        File to write Prometheus metrics into, for node_exporter's textfile collector; its folder must be there and
        belong to `user`. Null: none.
      '';
    };

    user = lib.mkOption {
      type = lib.types.str;
      default = if config.archibald.pedal.enable then "archibald-engine" else "latency-probe";
      defaultText = lib.literalMD "`archibald-engine` on a pedal, else a user of its own in the groups `audio` and `jackaudio`";
      example = "guitarist";
      description = "Account that measures; it must be allowed to reach the JACK server.";
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Further arguments of `latency-probe loop`; see its `--help`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (package.assertion "archibald.latencyProbe" cfg.package) ];
    environment.systemPackages = lib.optional (cfg.package != null) cfg.package;

    users = lib.mkIf (cfg.user == "latency-probe") {
      groups.latency-probe = { };
      users.latency-probe = {
        isSystemUser = true;
        group = "latency-probe";
        extraGroups = [
          "audio"
          "jackaudio"
        ];
      };
    };

    systemd.services.latency-probe = lib.mkIf (cfg.package != null) {
      description = "Measure the round-trip latency";
      startAt = cfg.schedule;
      environment.JACK_PROMISCUOUS_SERVER = if config.archibald.pedal.enable then "jack" else "jackaudio";
      serviceConfig = import ../pedal/sandbox.nix // {
        Type = "oneshot";
        # 5: somebody plays, nothing was measured
        SuccessExitStatus = 5;
        ExecStart = utils.escapeSystemdExecArgs (
          [
            (lib.getExe' cfg.package "latency-probe")
            "loop"
            "--history"
            "/var/lib/latency-probe"
          ]
          ++ option "--target" cfg.targetMs
          ++ option "--send" cfg.sendPort
          ++ option "--receive" cfg.receivePort
          ++ option "--metrics" cfg.metricsFile
          ++ lib.optionals onPedal (
            [
              "--periods"
              (toString pedal.jack.periods)
              # The engine is always connected; what counts is whether somebody plays.
              "--busy-when"
              "sounding"
            ]
            ++ lib.optional (!pedal.jack.synchronous) "--async"
          )
          ++ cfg.extraArguments
        );
        User = cfg.user;
        StateDirectory = "latency-probe";
        TimeoutStartSec = 120;
        LimitRTPRIO = 95;
        LimitMEMLOCK = "infinity";
        MemoryDenyWriteExecute = true;
        ReadWritePaths = lib.optional (cfg.metricsFile != null) (dirOf cfg.metricsFile);
        PrivateNetwork = true;
        DeviceAllow = [ "/dev/cpu_dma_latency rw" ];
      };
    };
  };
}
