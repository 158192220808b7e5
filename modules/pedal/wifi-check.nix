# The hotspot by itself: a pedal that finds no known network opens its own, as the unit `wifi-check` of the original did
# once at the start. This one goes on looking, so a network that comes or goes later needs no restart.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.wifiCheck;
in
{
  options.archibald.pedal.wifiCheck = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pedal.hotspot.enable;
      defaultText = lib.literalExpression "config.archibald.pedal.hotspot.enable";
      description = ''
        Open the hotspot when no known network is joined, and return to a known network when nobody uses the hotspot.
        A hotspot that was started by hand stays; with a network cable in place, or the radio off, nothing is opened.
      '';
    };

    patienceSeconds = lib.mkOption {
      type = lib.types.ints.between 15 600;
      default = 45;
      example = 60;
      description = "Seconds without a network before the hotspot opens (15–600). Less, and a slow router is not waited for.";
    };

    retrySeconds = lib.mkOption {
      type = lib.types.ints.between 60 86400;
      default = 300;
      example = 600;
      description = ''
        Seconds that the hotspot stays without a guest before known networks are looked for again (60–86400). The radio
        cannot look while it serves, so the hotspot is away for `patienceSeconds` then.
      '';
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    assertions = [
      {
        assertion = pedal.hotspot.enable;
        message = "archibald.pedal.wifiCheck.enable opens the hotspot, which archibald.pedal.hotspot.enable = false takes away: turn both off, or both on.";
      }
    ];
    systemd.services.wifi-check = {
      description = "Hotspot when no known network is there";
      wantedBy = [ "multi-user.target" ];
      wants = [ "NetworkManager.service" ];
      after = [ "NetworkManager.service" ];
      startLimitIntervalSec = 0;
      environment = {
        INTERFACE = if pedal.wirelessName == null then "wlan0" else pedal.wirelessName;
        PAUSE = "5";
        PATIENCE = toString cfg.patienceSeconds;
        RETRY = toString cfg.retrySeconds;
      };
      serviceConfig = import ./sandbox.nix // {
        # Root, because only root may start units and look at the guests of the radio without being asked.
        ExecStart = lib.getExe (
          pkgs.writeShellApplication {
            name = "wifi-check";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.gnugrep
              pkgs.iw
              pkgs.networkmanager
              pkgs.systemd
            ];
            text = builtins.readFile ./wifi-check.sh;
          }
        );
        Restart = "always";
        RestartSec = 5;
        RuntimeDirectory = "archibald";
        RuntimeDirectoryPreserve = true;
        PrivateDevices = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        Nice = 10;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_NETLINK" # the radio's guests
        ];
        IPAddressDeny = "any";
      };
    };
  };
}
