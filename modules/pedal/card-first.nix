# At boot udev is told of everything that the kernel has found, in an order of its own in which sound comes nearly last; JACK
# waits for it. Here the cards come first, then the disks (on one of them is the owner's file), then what systemd puts first.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  pedal = config.archibald.pedal;
in
{
  config = lib.mkIf (pedal.enable && pedal.jack.enable) {
    systemd.services.systemd-udev-trigger.serviceConfig.ExecStart = [
      "" # in place of systemd's own line, of which this is a copy but for the order of the list
      (
        "-"
        + utils.escapeSystemdExecArgs [
          (lib.getExe' pkgs.systemd "udevadm")
          "trigger"
          "--type=all"
          "--action=add"
          "--prioritized-subsystem=sound,block,module,tpmrm,net,tty,input"
        ]
      )
    ];
  };
}
