# Updates that undo themselves. An update is staged while the pedal plays, from a flake or from a USB stick, and tried at a
# boot that somebody asks for; a unit judges that boot: audio must pass through the engine, or the earlier generation comes
# back. The boards' boot loader counts no boots, so this is all there is, and a kernel that does not start needs its menu.
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
  package = import ./package-option.nix { inherit lib pkgs; };
  program = lib.getExe' cfg.package "archibald-update";
  stick = cfg.stick.keyFile != null;
  # Both units are root, and both may do what an update is made of; what an update does not need is taken away.
  common = import ../pedal/sandbox.nix // {
    Type = "oneshot";
    StateDirectory = "archibald-update";
    StateDirectoryMode = "0755";
    RestrictRealtime = true;
    PrivateDevices = true;
  };
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
  options.archibald.update = {
    enable = lib.mkEnableOption "updates that undo themselves when no sound comes out" // {
      default = pedal.enable && pedal.engine.enable && cfg.package != null;
      defaultText = lib.literalMD "true on a pedal";
    };

    package = package.option "archibald-update" "archibald-update";

    withinSeconds = lib.mkOption {
      type = lib.types.ints.between 10 600;
      default = 90;
      description = ''
        Seconds in which audio must pass at the first boot of an update (10–600), counted from the start of the judging
        unit. After that the earlier generation becomes the default again and the machine restarts.
      '';
    };

    flake = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[^ \n\"]+#[^ \n\"]+");
      default = null;
      example = "github:owner/pedal#nixosConfigurations.pistomp-pi4";
      description = ''
        Flake reference, with the attribute of a system, that the display's menu looks for updates in. Whoever can write
        there owns the pedal. Null: nothing is looked for, and only what a stick or `archibald-update stage` brought is
        installed. Evaluating a system takes 1–1.5 GB of memory; a Pi 3 cannot.
      '';
    };

    stick = {
      keyFile = lib.mkOption {
        type = lib.types.nullOr lib.types.path;
        default = null;
        example = lib.literalExpression "./owner.pub";
        description = ''
          File with the public key (`name:base64`) that must have signed what comes on a USB stick; the secret one stays
          with the owner. Null: nothing is ever taken from a stick.
        '';
      };

      label = lib.mkOption {
        type = lib.types.strMatching "[A-Za-z0-9_-]{1,11}";
        default = "ARCHIBALD";
        description = "Label of the stick's file system (1–11 letters, digits, hyphens). Other sticks are left alone.";
      };
    };
  };

  config = lib.mkIf (cfg.enable && cfg.package != null) {
    environment.systemPackages = [ cfg.package ];

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

    systemd.services."archibald-update-stick@" = lib.mkIf stick {
      description = "Update from the USB stick %I";
      bindsTo = [ "dev-%i.device" ];
      after = [ "dev-%i.device" ];
      path = [
        config.nix.package
        pkgs.coreutils
        pkgs.util-linux
      ];
      environment = {
        KEY_FILE = "${cfg.stick.keyFile}"; # not toString: a file beside the configuration comes along into the system
        UPDATE = program;
      };
      scriptArgs = "%I";
      script = builtins.readFile ./update-stick.sh;
      serviceConfig = common // {
        # The stick is mounted for this unit alone, and gone with it.
        PrivateMounts = true;
        PrivateDevices = false;
        DeviceAllow = [
          "block-sd r"
          "block-blkext r"
        ];
        TimeoutStartSec = 3600;
        RuntimeDirectory = "archibald-update";
        Nice = 19;
        IOSchedulingClass = "idle";
        # Nix makes its store writable for itself, by a mount of its own.
        CapabilityBoundingSet = [
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_FOWNER"
          "CAP_SYS_ADMIN"
        ];
        SystemCallFilter = [
          "@system-service"
          "@mount"
        ];
        ReadWritePaths = [
          "/nix"
          "/run"
        ];
        IPAddressDeny = "any";
      };
    };

    services.udev.extraRules = lib.mkIf stick ''
      ACTION=="add", SUBSYSTEM=="block", ENV{ID_BUS}=="usb", ENV{ID_FS_LABEL}=="${cfg.stick.label}", TAG+="systemd", ENV{SYSTEMD_WANTS}+="archibald-update-stick@%k.service"
    '';
  };
}
