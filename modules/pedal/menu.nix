# What the display's menus may start: the control service runs without root, so each unit is named here, and no other.
{ config, lib, ... }:
let
  pedal = config.archibald.pedal;
  units = [
    "jack.service"
    "mod-host.service"
    "archibald-backup.service"
    "archibald-restore.service"
    "archibald-provision-reset.service"
    "archibald-update-check.service"
    "archibald-update-switch.service"
    "archibald-update-back.service"
  ];
in
{
  config = lib.mkIf (pedal.enable && pedal.control.package != null) {
    security.polkit = {
      enable = true;
      extraConfig = ''
        polkit.addRule(function(action, subject) {
          if (subject.user != "pedald") return;
          if (action.id == "org.freedesktop.systemd1.manage-units"
              && ${builtins.toJSON units}.indexOf(action.lookup("unit")) >= 0)
            return polkit.Result.YES;
          // whoever stands at the pedal may switch it off
          if ([ "org.freedesktop.login1.power-off", "org.freedesktop.login1.power-off-multiple-sessions",
                "org.freedesktop.login1.reboot", "org.freedesktop.login1.reboot-multiple-sessions"
              ].indexOf(action.id) >= 0) return polkit.Result.YES;
        });
      '';
    };
  };
}
