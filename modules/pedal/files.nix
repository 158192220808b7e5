# A file manager in the browser for amplifier models, impulse responses and recordings, as the unit `browsepy`. The
# original let everybody on the network read and write there; this one asks for a name and a password.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.files;
in
{
  options.archibald.pedal.files = {
    enable = lib.mkEnableOption ''
      a file manager for the pedal's user files. It makes an administrator at its first start and prints the random
      password once: `journalctl -u browsepy`. Costs about 40 MB of memory'';

    address = lib.mkOption {
      type = lib.types.str;
      default = "127.0.0.1";
      example = "0.0.0.0";
      description = "Address to listen on. There is no encryption, so the password can be read along on an open network.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 8081;
      example = 8090;
      description = "TCP port (1–65535).";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Let other machines reach the port.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    systemd.services.browsepy = {
      description = "Files of the pedal in the browser";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = import ./sandbox.nix // {
        ExecStart = lib.concatStringsSep " " [
          (lib.getExe pkgs.filebrowser)
          "--address ${cfg.address}"
          "--port ${toString cfg.port}"
          "--root ${pedal.dataDir}/user-files"
          "--database /var/lib/browsepy/filebrowser.db"
        ];
        User = "pedald";
        Group = pedal.user;
        UMask = "0007";
        StateDirectory = "browsepy";
        StateDirectoryMode = "0700";
        Restart = "on-failure";
        RestartSec = 1;
        ProtectHome = "tmpfs";
        BindPaths = [ "${pedal.dataDir}/user-files" ];
        PrivateDevices = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
      };
    };
  };
}
