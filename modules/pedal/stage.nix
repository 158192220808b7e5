# The pedal on a stage, as the unit `archibald-stage`: its own hotspot, and nothing that a stranger's network could reach.
# `systemctl start archibald-stage` turns it on, stopping it returns to the known networks; no restart of the machine is
# needed for either.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.stage;
  wireless = if pedal.wirelessName == null then "wlan0" else pedal.wirelessName;
  network =
    lib.concatStringsSep "." (lib.take 3 (lib.splitString "." pedal.hotspot.address)) + ".0/24";
  rules = pkgs.writeText "stage.nft" (
    lib.replaceStrings [ "@INTERFACE@" "@NETWORK@" ] [ wireless network ] (
      builtins.readFile ./stage.nft
    )
  );
  nft = lib.getExe' pkgs.nftables "nft";
  systemctl = lib.getExe' pkgs.systemd "systemctl";
in
{
  options.archibald.pedal.stage = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pedal.hotspot.enable;
      defaultText = lib.literalExpression "config.archibald.pedal.hotspot.enable";
      description = "Install the unit `archibald-stage`. It does nothing until it is started.";
    };

    atBoot = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Start on the stage at every boot: the hotspot opens at once, known networks are not joined, and neither Ethernet
        nor a foreign network reaches any service.
      '';
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    systemd.services.archibald-stage = {
      description = "The pedal on a stage: own network only";
      wantedBy = lib.optional cfg.atBoot "multi-user.target";
      after = [ "NetworkManager.service" ];
      # Before the first packet of a foreign network, and while the firewall is made anew.
      before = lib.optional cfg.atBoot "network-online.target";
      serviceConfig = import ./sandbox.nix // {
        Type = "oneshot";
        RemainAfterExit = true;
        # The rules first: there is no moment with the hotspot and without them. A radio that is missing is no reason to
        # be open on the cable.
        ExecStart = [
          "${nft} --file ${rules}"
          "-${systemctl} restart wifi-hotspot"
        ];
        ExecStop = [
          "-${systemctl} stop wifi-hotspot"
          "${nft} delete table inet archibald_stage"
        ];
        CapabilityBoundingSet = [ "CAP_NET_ADMIN" ];
        PrivateDevices = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_NETLINK" # the rules
        ];
      };
    };
  };
}
