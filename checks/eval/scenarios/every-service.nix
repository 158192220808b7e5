# Every service of ours on one pedal, with stand-ins for programs that are not written yet, so that the text of each unit
# is seen and checked.
{
  variant = "pistomp-pi4";
  module =
    { lib, pkgs, ... }:
    let
      program = name: lib.mkDefault (pkgs.writeShellScriptBin name "exit 0");
    in
    {
      archibald = {
        latencyProbe = {
          enable = true;
          package = program "latency-probe";
          sendPort = "system:playback_1";
          receivePort = "system:capture_1";
        };
        pedal = {
          control.package = program "pedald";
          files.enable = true;
          midi.package = program "midi-bridge";
        };
        provision = {
          enable = true;
          package = program "archibald-provision";
        };
        tuning = {
          enable = true;
          package = program "rt-tune";
        };
        update.stick.keyFile = "/etc/archibald/owner.pub";
      };
      services.streamdb = {
        enable = true;
        package = program "streamdb";
      };
    };
}
