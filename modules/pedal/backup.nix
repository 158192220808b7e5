# Backup to a USB stick and back, as the display's menu starts them: `archibald-backup` and `archibald-restore`. The stick is
# mounted for the unit alone, as root; the control service's user packs and unpacks. A restore replaces nothing while the
# pedal plays: the control service does that at its next start, and keeps what was there.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.control;
  home = "/home/${pedal.user}";
  unit = what: description: {
    inherit description;
    # What it needs of the control service are its user and its folders, not the service.
    unitConfig.RequiresMountsFor = [ pedal.dataDir ];
    environment = {
      OWNER = "pedald";
      GROUP = pedal.user;
      PEDALD = lib.getExe' cfg.package "pedald";
      MOD_DATA_DIR = pedal.dataDir;
      MOD_USER_PEDALBOARDS_DIR = "${pedal.dataDir}/.pedalboards";
      MOD_USER_FILES_DIR = "${pedal.dataDir}/user-files";
      MOD_USER_PLUGINS_DIR = "${home}/.lv2";
      # Where the control service keeps its state: it finishes there what a restore has prepared.
      STATE_DIRECTORY = "/var/lib/pedald";
    };
    serviceConfig = import ./sandbox.nix // {
      Type = "oneshot";
      ExecStart = "${
        lib.getExe (
          pkgs.writeShellApplication {
            name = "archibald-${what}";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.systemd
              pkgs.util-linux
            ];
            text = builtins.readFile ./backup.sh;
          }
        )
      } ${what}";
      UMask = "0007";
      TimeoutStartSec = 3600; # a full stick of USB 2
      Nice = 10;
      IOSchedulingClass = "idle";
      RuntimeDirectory = "archibald archibald-backup";
      RuntimeDirectoryMode = "0755";
      # The display reads in the first of them.
      RuntimeDirectoryPreserve = true;
      # The stick is mounted for this unit alone, and gone with it.
      PrivateMounts = true;
      DeviceAllow = [
        "block-sd rw"
        "block-blkext rw"
      ];
      # To mount; to become the control service's user; to make a folder on a stick that has owners.
      CapabilityBoundingSet = [
        "CAP_CHOWN"
        "CAP_DAC_OVERRIDE"
        "CAP_SETGID"
        "CAP_SETUID"
        "CAP_SYS_ADMIN"
      ];
      SystemCallFilter = [
        "@system-service"
        "@mount"
      ];
      ProtectHome = "tmpfs";
      BindPaths = [
        pedal.dataDir
        "${home}/.lv2"
      ];
      ReadWritePaths = [ "-/var/lib/pedald" ];
      RestrictRealtime = true;
      MemoryDenyWriteExecute = true;
      IPAddressDeny = "any";
    };
  };
in
{
  config = lib.mkIf (pedal.enable && cfg.package != null) {
    systemd.services.archibald-backup = unit "backup" "Backup of boards and settings to a USB stick";
    systemd.services.archibald-restore = unit "restore" "Boards and settings from a USB stick";
  };
}
