# The sound server and the programs. One server owns the sound card; the software of each variant is a list of names.
{
  imports = [
    ../realtime
    ./server.nix
    ./pipewire.nix
    ./jack.nix
    ./software.nix
  ];
}
