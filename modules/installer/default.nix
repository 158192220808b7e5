# From a medium to an installed machine: the disk layout of installed systems, the live medium, and two installers that
# both install this flake's own `archibaldOS`, one with windows and one for a terminal.
{
  imports = [
    ../desktop
    ../realtime
    ../users
    ./disk.nix
    ./iso.nix
    ./target.nix
    ./calamares.nix
    ./scripted.nix
    ./offline.nix
  ];
}
