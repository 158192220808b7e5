# Does this machine see its probes? `smoke-check` answers with exit code and table; the unit runs it inside the same
# sandbox as the jobs, because a probe that only the login sees helps no test.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.runner;
  check = pkgs.writeShellApplication {
    name = "smoke-check";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.gnugrep
      pkgs.probe-rs-tools
    ];
    text = builtins.readFile ./smoke-check.sh;
  };
in
{
  options.archibald.runner.expectedProbes = lib.mkOption {
    type = lib.types.ints.unsigned;
    default = 0;
    example = 2;
    description = ''
      How many debug probes are plugged in. `smoke-check` fails with fewer; with 0 it only shows that probe-rs runs.
    '';
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ check ];
    environment.variables.EXPECTED_PROBES = toString cfg.expectedProbes;

    systemd.services.smoke-check = {
      description = "List the debug probes as a job would see them";
      environment.EXPECTED_PROBES = toString cfg.expectedProbes;
      serviceConfig =
        import ../pedal/sandbox.nix
        // cfg.deviceAccess
        // {
          Type = "oneshot";
          ExecStart = lib.getExe check;
          DynamicUser = true;
          PrivateNetwork = true;
          MemoryDenyWriteExecute = true;
          RestrictRealtime = true;
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_NETLINK"
          ];
          TimeoutStartSec = 30;
        };
    };
  };
}
