# The units of midi-set.nix: one program under several names, each with no more than its own devices.
{ config, lib, ... }:
let
  pedal = config.archibald.pedal;
  cfg = pedal.midi;
  units = import ./midi-set.nix { inherit (cfg) serialDevice serialBaud; };
in
{
  config = lib.mkIf (pedal.enable && cfg.package != null) {
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
          # The callback of a JACK client asks for the server's priority less 5. With a lower limit libjack leaves it at an
          # ordinary priority, without failing, and a busy CPU then delays MIDI and makes xruns.
          LimitRTPRIO = 95;
          LimitMEMLOCK = "infinity";
          MemoryDenyWriteExecute = true;
          PrivateNetwork = true;
          DeviceAllow = [ "char-alsa rw" ];
        }
        // unit.service or { };
    }) units;
  };
}
