# MIDI beside the cable: one program of ours under the unit names that pi-Stomp users know. Only the virtual thru port
# runs by itself; the others are there to be started, or turned on here.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.midi;

  # Unit → what it does, its arguments, and what it needs beside JACK.
  units = {
    mod-amidithru = {
      description = "Virtual MIDI thru port";
      arguments = "thru --name touchosc";
    };
    ttymidi = {
      description = "Serial MIDI on ${cfg.serialDevice}";
      arguments = "serial --device ${cfg.serialDevice} --baud ${toString cfg.serialBaud}";
      service = {
        # By kind and not by name: an adapter that is plugged in later is a new device. By number where the driver is a module,
        # whose name the kernel does not know before there is an adapter.
        DeviceAllow = [
          "char-alsa rw"
          "char-ttyAMA rw"
          "char-ttyS rw"
          "char-166 rw" # ttyACM
          "char-188 rw" # ttyUSB
        ];
        SupplementaryGroups = [
          "audio"
          "jack"
          "dialout"
        ];
      };
    };
    mod-midi-merger = {
      description = "All MIDI inputs as one port";
      arguments = "merge";
    };
    mod-midi-merger-broadcaster = {
      description = "One MIDI port to all outputs";
      arguments = "broadcast";
    };
    mod-touchosc2midi = {
      description = "OSC from a tablet as MIDI";
      arguments = "osc";
      after = [
        "mod-amidithru.service"
        "network-online.target"
      ];
      wants = [ "network-online.target" ];
      service.RestrictAddressFamilies = [
        "AF_UNIX"
        "AF_INET"
        "AF_INET6"
        "AF_NETLINK"
      ];
      service.PrivateNetwork = false;
    };
  };
in
{
  options.archibald.pedal.midi = {
    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.midi-bridge or null;
      defaultText = lib.literalExpression "pkgs.midi-bridge, or null while this flake has none";
      description = "Package with `bin/midi-bridge`. Null: none of the MIDI units exists.";
    };

    enabledUnits = lib.mkOption {
      type = lib.types.listOf (lib.types.enum (lib.attrNames units));
      default = [ "mod-amidithru" ];
      example = [
        "mod-amidithru"
        "ttymidi"
      ];
      description = "MIDI units that start with the pedal; the others are installed and start by `systemctl start`.";
    };

    serialDevice = lib.mkOption {
      type = lib.types.strMatching "/dev/[A-Za-z0-9][A-Za-z0-9/_:.+-]*";
      default = "/dev/ttyAMA0";
      example = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0";
      description = ''
        Serial port of the MIDI sockets; a link below `/dev/serial` stays the same whatever else is plugged in. A kernel
        console on the same port sends text to your synthesizer.
      '';
    };

    touchOscReachable = lib.mkOption {
      type = lib.types.bool;
      default = lib.elem "mod-touchosc2midi" cfg.enabledUnits;
      defaultText = lib.literalMD "true when `mod-touchosc2midi` is among `enabledUnits`";
      description = ''
        Let tablets find and reach the bridge: UDP port 12101 in the firewall, and the service `_touchoscbridge._udp` by mDNS,
        which TouchOSC lists by itself. OSC knows no password; the bridge takes packets from local networks only.
      '';
    };

    serialBaud = lib.mkOption {
      type = lib.types.enum [
        31250
        38400
      ];
      default = 38400;
      description = ''
        Speed to ask the kernel for, in baud. 38400 with the overlay `midi-uart0`, which divides the clock so that
        31250 comes out; 31250 where the driver knows that speed.
      '';
    };
  };

  config = lib.mkIf (pedal.enable && cfg.package != null) {
    networking.firewall.allowedUDPPorts = lib.mkIf cfg.touchOscReachable [ 12101 ];
    systemd.services = lib.mapAttrs (name: unit: {
      inherit (unit) description;
      wantedBy = lib.optional (lib.elem name cfg.enabledUnits) "multi-user.target";
      wants = unit.wants or [ ];
      requires = [ "jack.service" ];
      # After the engine too, which is what is heard: its start is not shared with theirs.
      after = [
        "jack.service"
        "mod-host.service"
      ]
      ++ unit.after or [ ];
      partOf = [ "jack.service" ];
      environment.JACK_PROMISCUOUS_SERVER = "jack";
      serviceConfig =
        import ./sandbox.nix
        // {
          ExecStart = "${lib.getExe' cfg.package "midi-bridge"} ${unit.arguments}";
          DynamicUser = true;
          SupplementaryGroups = [
            "audio"
            "jack"
          ];
          UMask = "0007";
          Restart = "always";
          RestartSec = 1;
          LimitRTPRIO = 60; # below the engine
          LimitMEMLOCK = "infinity";
          MemoryDenyWriteExecute = true;
          PrivateNetwork = true;
          DeviceAllow = [ "char-alsa rw" ];
        }
        // unit.service or { };
    }) units;
  };
}
