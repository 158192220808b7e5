# The pedal: JACK → LV2 host → control service → web page and display, with MIDI beside it. Unit names, data layout and
# helper commands are those that pi-Stomp users know; the programs behind them are ours.
{
  imports = [
    ../audio
    ../realtime
    ../users
    ./enable.nix
    ./accounts.nix
    ./data.nix
    ./devices.nix
    ./jack.nix
    ./jack-unit.nix
    ./card-first.nix
    ./plugins.nix
    ./read-only-grow.nix
    ./read-only-root.nix
    ./engine.nix
    ./engine-unit.nix
    ./dry-through.nix
    ./splash.nix
    ./control.nix
    ./control-unit.nix
    ./backup.nix
    ./menu.nix
    ./midi.nix
    ./midi-units.nix
    ./files.nix
    ./hotspot.nix
    ./wifi-check.nix
    ./stage.nix
    ./network.nix
    ./commands.nix
  ];
}
