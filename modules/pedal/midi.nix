# MIDI beside the cable: one program of ours under the unit names that pi-Stomp users know. Only the virtual thru port
# runs by itself; the others are there to be started, or turned on here. The units are in midi-units.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.midi;
  units = import ./midi-set.nix { inherit (cfg) serialDevice serialBaud; };
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
  };
}
