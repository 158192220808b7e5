# The unit that judges an update's first boot, and those of the display's menu.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.archibald.update;
  pedal = config.archibald.pedal;
  program = lib.getExe' cfg.package "archibald-update";
  common = import ./update-sandbox.nix;
  # What changes which system boots: the profile, the boot menu and its kernels, the lock of the switch.
  switching = {
    ReadWritePaths = [
      "/nix/var/nix/profiles"
      "-/boot"
      "/run"
    ];
    CapabilityBoundingSet = [
      "CAP_CHOWN"
      "CAP_DAC_OVERRIDE"
      "CAP_FOWNER"
    ];
  };
  # A unit of the display's menu. It exits with 5 while somebody plays: that is told, and no failure of the system.
  menu = description: arguments: settings: {
    inherit description;
    restartIfChanged = false;
    path = [
      config.nix.package
      pkgs.gitMinimal
      pkgs.systemd
    ];
    serviceConfig =
      common
      // {
        ExecStart = utils.escapeSystemdExecArgs (
          [ program ]
          ++ arguments
          ++ [
            "--engine"
            pedal.engine.socket
          ]
        );
        SuccessExitStatus = 5;
        TimeoutStartSec = 7200;
        Nice = 19;
        IOSchedulingClass = "idle";
        CacheDirectory = "archibald-update";
        # The daemon writes the store, so this unit need not.
        Environment = [
          "NIX_REMOTE=daemon"
          "XDG_CACHE_HOME=/var/cache/archibald-update"
        ];
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
      }
      // settings;
  };
in
{
  config = lib.mkIf (cfg.enable && cfg.package != null) {
    systemd.services.archibald-update-judge = {
      description = "Whether the update on trial passes audio";
      wantedBy = [ "multi-user.target" ];
      after = [ "mod-host.service" ];
      # Without it nothing has ever been staged, and nothing is started.
      unitConfig.ConditionPathExists = "/var/lib/archibald-update/state.json";
      # A switch while the machine runs is no boot.
      restartIfChanged = false;
      path = [ pkgs.systemd ];
      serviceConfig = common // {
        # Not `oneshot`: the boot does not wait for the verdict.
        Type = "exec";
        ExecStart = utils.escapeSystemdExecArgs [
          program
          "judge"
          "--within"
          (toString cfg.withinSeconds)
          "--engine"
          pedal.engine.socket
        ];
        SuccessExitStatus = 3; # undone, as it should be
        TimeoutStopSec = 30;
        inherit (switching) ReadWritePaths CapabilityBoundingSet;
        IPAddressDeny = "any";
      };
    };

    systemd.services.archibald-update-check = lib.mkIf (cfg.flake != null) (
      menu "Look for a newer system" [ "check" cfg.flake ] { }
    );
    systemd.services.archibald-update-switch = menu "Try the newest system" (
      [ "install" ] ++ lib.optional (cfg.flake != null) cfg.flake
    ) switching;
    systemd.services.archibald-update-back = menu "Go back to the system before" [ "back" ] (
      switching // { IPAddressDeny = "any"; }
    );
  };
}
