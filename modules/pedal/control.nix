# The control service as the unit `mod-ui`, aliases `pedald` and `mod-ala-pi-stomp`: switches, display, web page and
# boards. Which address it listens on, and what it may touch; the unit is in control-unit.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.control;
in
{
  options.archibald.pedal.control = {
    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.pedald or null;
      defaultText = lib.literalExpression "pkgs.pedald, or null while this flake has none";
      description = "Package with `bin/pedald`. Null: there is no control service, and boards are loaded by protocol only.";
    };

    address = lib.mkOption {
      type = lib.types.str;
      default = "127.0.0.1";
      example = "0.0.0.0";
      description = ''
        Address that the web page listens on. Reachable from the network (`0.0.0.0`, `::`), whoever is in it can try to
        pair; what may be done without pairing is the control service's own setting.
      '';
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 80;
      description = "TCP port of the web page (1–65535).";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Let other machines reach the port. Useful only with an `address` that they can reach.";
    };

    htmlDirectory = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/opt/pistomp/mod-ui/html";
      description = "Folder with the original mod-ui pages, to be served instead of our editor. They are not part of this flake.";
    };

    legacyPiStomp = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Trust every program on the machine as the original pi-stomp program needs it. Only without other users.";
    };

    devices = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "char-alsa rw"
        "char-gpiochip rw"
        "char-i2c rw"
        "char-spi rw"
      ];
      example = [ "/dev/leds0 w" ];
      description = ''
        Devices that the service may open, in systemd's `DeviceAllow=` notation: mixer, switches, codec, display and
        ADC. Add what your board has beside them; groups and file modes still apply.
      '';
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Further arguments of `pedald`; see its `--help`.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.package != null) {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
  };
}
