# First boot of an image: `pistomp.conf` from the FAT partition becomes Wi-Fi, host name, keys and period. The file is
# parsed, never run; what was applied is remembered, so later boots do nothing.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.archibald.provision;
  package = import ./package-option.nix { inherit lib pkgs; };
in
{
  options.archibald.provision = {
    enable = lib.mkEnableOption "first-boot provisioning from a file on the card's FAT partition" // {
      default = config.archibald.pedal.enable && cfg.package != null;
      defaultText = lib.literalMD "true on a pedal as soon as there is a program for it";
    };

    package = package.option "archibald-provision" "archibald-provision";

    file = lib.mkOption {
      type = lib.types.path;
      default = "/boot/firmware/pistomp.conf";
      description = "The file that the owner fills in; its partition is mounted for the run.";
    };

    user = lib.mkOption {
      type = lib.types.str;
      default = config.archibald.pedal.user;
      defaultText = lib.literalExpression "config.archibald.pedal.user";
      description = "Account that password and key of the file are for.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (package.assertion "archibald.provision" cfg.package) ];

    systemd.services.archibald-provision = lib.mkIf (cfg.package != null) {
      description = "First-boot settings of the owner";
      wantedBy = [ "multi-user.target" ];
      # The root file system has its final size and the store is registered; sound starts with the final period.
      after = [
        "register-nix-paths.service"
        "NetworkManager.service"
      ];
      before = [
        "jack.service"
        "sshd.service"
      ];
      unitConfig.RequiresMountsFor = [ (dirOf cfg.file) ];
      path = [
        pkgs.networkmanager
        pkgs.iw
        pkgs.alsa-utils
      ];
      serviceConfig = {
        # Root: it sets the host name, passwords and connections of the system.
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "archibald-provision")
          "--file"
          (toString cfg.file)
          "--user"
          cfg.user
        ];
        StateDirectory = "archibald-provision";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
