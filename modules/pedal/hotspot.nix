# The pedal as its own access point, for a stage without a network. Installed and not started: `systemctl start
# wifi-hotspot`, and stop it to return to the known networks.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.hotspot;
in
{
  options.archibald.pedal.hotspot = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Install the unit `wifi-hotspot`. It needs NetworkManager, which this turns on. Nothing is on the air until it is started.";
    };

    ssid = lib.mkOption {
      type = lib.types.strMatching "[^\n]{1,32}";
      default = "pistomp";
      description = "Name of the network, 1–32 characters. Two pedals on one stage need two names.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    networking.networkmanager.enable = lib.mkDefault true;
    # Comes with NetworkManager, and writes to every new serial port to see whether it is a modem: noise for MIDI.
    networking.modemmanager.enable = lib.mkOverride 900 false;
    systemd.services.wifi-hotspot = {
      description = "Wireless access point of the pedal";
      requires = [ "NetworkManager.service" ];
      after = [ "NetworkManager.service" ];
      environment = {
        SSID = cfg.ssid;
        INTERFACE = if pedal.wirelessName == null then "wlan0" else pedal.wirelessName;
        OWNER = pedal.user;
      };
      serviceConfig = import ./sandbox.nix // {
        # Root, because NetworkManager lets only root make connections of the system without asking.
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = lib.getExe (
          pkgs.writeShellApplication {
            name = "wifi-hotspot";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.gnugrep
              pkgs.networkmanager
            ];
            text = builtins.readFile ./hotspot.sh;
          }
        );
        ExecStop = "${lib.getExe' pkgs.networkmanager "nmcli"} connection down pistomp-hotspot";
        ReadWritePaths = [ "/var/lib/archibald" ];
        CapabilityBoundingSet = [ "CAP_CHOWN" ];
        PrivateDevices = true;
        PrivateNetwork = true; # it talks to NetworkManager over D-Bus
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
      };
    };
  };
}
