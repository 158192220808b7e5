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
  # There is one only where the tools are imported too.
  store = config.services.streamdb or { };
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
      type = lib.types.strMatching "[0-9.]+|[0-9a-fA-F:]+";
      default = "0.0.0.0";
      example = "127.0.0.1";
      description = ''
        Address that the web page listens on. By default every IPv4 address; not IPv6, whose addresses a venue's network may
        make reachable from everywhere. Whoever reaches it sees the page for pairing and nothing else: a device is let in
        by a code on the display and a footswitch. `127.0.0.1`: programs of the pedal itself only.
      '';
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 80;
      description = "TCP port of the web page (1–65535).";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Let other machines reach the ports of the web page. In the mode "stage" only the pedal's own hotspot reaches them, in
        "off" nobody does.
      '';
    };

    tls = {
      enable = lib.mkEnableOption ''
        encryption. The pedal makes an authority for itself, whose key stays in /var/lib/pedald and which can vouch for local
        names and private addresses only; browsers warn until their owner trusts it. The plain port then answers the network
        with an explanation only. Costs some ms of one core for each new connection'';

      port = lib.mkOption {
        type = lib.types.port;
        default = 443;
        description = "TCP port of the encrypted page (1–65535).";
      };
    };

    network = lib.mkOption {
      type = lib.types.enum [
        "networkmanager"
        "simulated"
      ];
      default = if config.networking.networkmanager.enable then "networkmanager" else "simulated";
      defaultText = lib.literalExpression ''"networkmanager" where NetworkManager runs, else "simulated"'';
      description = "What the modes home, stage and off rule. `simulated` touches no radio.";
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
        "/dev/leds0 w"
      ];
      example = [ "/dev/ttyACM0 rw" ];
      description = ''
        Devices that the service may open, in systemd's `DeviceAllow=` notation: mixer, switches, codec, display and
        ADC, LED strip. Add what your board has beside them; groups and file modes still apply.
      '';
    };

    assetStore = {
      url = lib.mkOption {
        type = lib.types.nullOr (lib.types.strMatching "http://[^/@ ]+/?");
        default = if store.enable or false then "http://127.0.0.1:${toString store.port}" else null;
        defaultText = lib.literalMD "the machine's own `services.streamdb`, where it is enabled";
        example = "http://tones.local:8080";
        description = ''
          Asset store (`streamdb`) whose files the page offers beside the player's own. Plain HTTP: this machine, or a
          network that you trust. Null: none.
        '';
      };

      tokenFile = lib.mkOption {
        type = lib.types.nullOr lib.types.path;
        default = if store.enable or false then store.tokenFile else null;
        defaultText = lib.literalMD "that of the machine's own `services.streamdb`, where it is enabled";
        example = "/run/keys/streamdb-token";
        description = "File with the store's token in its first line, readable for root only. Null: the store wants none.";
      };
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Further arguments of `pedald`; see its `--help`.";
    };
  };

  config = lib.mkIf (pedal.enable && cfg.package != null) {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall (
      [ cfg.port ] ++ lib.optional cfg.tls.enable cfg.tls.port
    );
  };
}
