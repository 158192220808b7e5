# The helper commands that pi-Stomp users type. They ask for root by sudo, so they work for the owner of the pedal.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  units = config.systemd.services;
  command =
    name: text:
    pkgs.writeShellApplication {
      inherit name text;
      # sudo comes from the setuid wrappers of the system, not from the store.
      runtimeInputs = [ pkgs.systemd ];
    };
  hasControl = units ? mod-ui;
  serial = lib.optionalString (!(units ? ttymidi)) ''
    echo "There is no ttymidi unit: archibald.pedal.midi.package is not set." >&2
    exit 1
  '';
  control = lib.optionalString (!hasControl) ''
    echo "There is no mod-ui unit: archibald.pedal.control.package is not set." >&2
    exit 1
  '';
in
{
  config = lib.mkIf pedal.enable {
    environment.systemPackages = [
      (command "ps-restart" (if hasControl then "sudo systemctl restart mod-ui" else control))
      (command "ps-stop" (if hasControl then "sudo systemctl stop mod-ui" else control))
      (command "ps-journal" ''journalctl --unit mod-ui --follow "$@"'')
      (command "ps-run" (
        if hasControl then
          ''
            # Starts it anew and shows what it says until Ctrl-C, which leaves it running.
            sudo systemctl restart mod-ui
            journalctl --unit mod-ui --follow --lines 20 "$@"
          ''
        else
          control
      ))
      (command "mod-restart" (
        if hasControl then "sudo systemctl restart mod-host mod-ui" else "sudo systemctl restart mod-host"
      ))
      (command "ttymidi-enable" (if serial != "" then serial else "sudo systemctl start ttymidi"))
      (command "ttymidi-disable" (if serial != "" then serial else "sudo systemctl stop ttymidi"))
    ];
  };
}
