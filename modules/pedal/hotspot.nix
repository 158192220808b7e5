# The pedal as its own access point, for a stage without a network. `systemctl start wifi-hotspot` opens it, and stopping it
# returns to the known networks; wifi-check.nix does both by itself.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.hotspot;
  wireless = if pedal.wirelessName == null then "wlan0" else pedal.wirelessName;
in
{
  options.archibald.pedal.hotspot = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Install the unit `wifi-hotspot`. It needs NetworkManager, which this turns on. Nothing is on the air until it is
        started, by hand or by `archibald.pedal.wifiCheck`.
      '';
    };

    address = lib.mkOption {
      type = lib.types.strMatching "10\\.[0-9.]+|172\\.[0-9.]+|192\\.168\\.[0-9.]+";
      default = "10.42.0.1";
      example = "172.24.1.1";
      description = "IPv4 address of the pedal in its own network, which has the 254 addresses around it. The display shows it.";
    };

    ssid = lib.mkOption {
      type = lib.types.strMatching "[^\n]{1,32}";
      default = "pistomp";
      example = "left-pedal";
      description = "Name of the network, 1–32 characters. Two pedals on one stage need two names.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    networking.networkmanager.enable = lib.mkDefault true;
    # Guests ask the pedal for an address and for names. Nothing listens there while the hotspot is off.
    networking.firewall.interfaces.${wireless} = {
      allowedTCPPorts = [ 53 ];
      allowedUDPPorts = [
        53
        67
      ];
    };
    # Comes with NetworkManager, and writes to every new serial port to see whether it is a modem: noise for MIDI.
    networking.modemmanager.enable = lib.mkOverride 900 false;
    systemd.services.wifi-hotspot = {
      description = "Wireless access point of the pedal";
      requires = [ "NetworkManager.service" ];
      after = [ "NetworkManager.service" ];
      environment = {
        SSID = cfg.ssid;
        INTERFACE = wireless;
        OWNER = pedal.user;
        ADDRESS = cfg.address;
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
        # It may be gone already.
        ExecStop = "-${lib.getExe' pkgs.networkmanager "nmcli"} connection down pistomp-hotspot";
        ExecStopPost = "${lib.getExe' pkgs.coreutils "rm"} -f /run/archibald/hotspot.txt";
        # Shared with first-boot provisioning; the display reads it.
        RuntimeDirectory = "archibald";
        RuntimeDirectoryPreserve = true;
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
