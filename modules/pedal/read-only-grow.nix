# The data partition of a card that is only read takes what room is behind it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
in
{
  config = lib.mkIf (pedal.enable && pedal.readOnlyRoot.enable) {
    systemd.services.archibald-data-grow = {
      description = "The data partition takes the rest of the card";
      wantedBy = [ "multi-user.target" ];
      # It may take its time, and nothing needs the room at once.
      after = [ "mod-ui.service" ];
      path = [
        pkgs.cloud-utils.guest
        pkgs.coreutils
        pkgs.e2fsprogs
        pkgs.util-linux
      ];
      script = builtins.readFile ./grow-data.sh;
      environment.DATA = "/dev/disk/by-label/archibald-data";
      serviceConfig = import ./sandbox.nix // {
        Type = "oneshot";
        RemainAfterExit = true;
        PrivateNetwork = true;
        # The card and its partitions: its table, and the size of a mounted ext4, which the kernel ties to resources.
        DeviceAllow = [
          "block-mmc rw"
          "block-sd rw"
          "block-blkext rw"
        ];
        CapabilityBoundingSet = [
          "CAP_DAC_OVERRIDE"
          "CAP_SYS_ADMIN"
          "CAP_SYS_RESOURCE"
        ];
        ProtectProc = "default"; # the list of partitions
        RestrictRealtime = true;
      };
    };
  };
}
