# The codec's mixer at the very first start. After a reset it routes nothing, and JACK then waits for a clock that does not
# come. Later changes are saved at shutdown and restored by nixpkgs' ALSA units, and this does nothing any more. Where the first
# boot provisions, its settings of the sound do the same, and there is no such unit: each unit before JACK is time without sound.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.board.piStomp;
  provision = config.archibald.provision;
in
{
  config = lib.mkIf (cfg.enable && !(provision.enable && provision.package != null)) {
    systemd.services.codec-mixer = {
      description = "First settings of the sound codec";
      wantedBy = [ "sound.target" ];
      after = [ "alsa-store.service" ];
      before = [ "jack.service" ];
      environment.CARD = cfg.card;
      serviceConfig = import ../pedal/sandbox.nix // {
        Type = "oneshot";
        ExecStart = lib.getExe (
          pkgs.writeShellApplication {
            name = "codec-mixer";
            runtimeInputs = [
              pkgs.alsa-utils
              pkgs.gnugrep
            ];
            text = builtins.readFile ./codec-mixer.sh;
          }
        );
        # Root, because the saved state belongs to root.
        StateDirectory = "alsa";
        DeviceAllow = [ "char-alsa rw" ];
        MemoryDenyWriteExecute = true;
        PrivateNetwork = true;
        RestrictRealtime = true;
      };
    };
  };
}
