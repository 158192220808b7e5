# Updates from a USB stick: only one with the right label starts the unit, and only what the owner's key signed is taken.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.update;
in
{
  config = lib.mkIf (cfg.enable && cfg.package != null && cfg.stick.keyFile != null) {
    systemd.services."archibald-update-stick@" = {
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
        UPDATE = lib.getExe' cfg.package "archibald-update";
      };
      scriptArgs = "%I";
      script = builtins.readFile ./update-stick.sh;
      serviceConfig = import ./update-sandbox.nix // {
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

    services.udev.extraRules = ''
      ACTION=="add", SUBSYSTEM=="block", ENV{ID_BUS}=="usb", ENV{ID_FS_LABEL}=="${cfg.stick.label}", TAG+="systemd", ENV{SYSTEMD_WANTS}+="archibald-update-stick@%k.service"
    '';
  };
}
