# A development machine with a real-time kernel as a guest, and the host that gives it cores, a network and devices.
{
  imports = [
    ../audio
    ../base
    ../realtime
    ../tools
    ../users
    ./guest.nix
    ./guest-network.nix
    ./guest-tools.nix
    ./guest-image.nix
    ./network-sound.nix
    ./host.nix
    ./host-bridge.nix
    ./host-guest.nix
    ./passthrough.nix
  ];
}
