# Building on a machine with little memory. Without these limits a build takes the desktop down with it; with them it
# takes longer. docs/how-to/build-on-small-machines.md explains which one to use when.
{
  imports = [
    ./nix-daemon.nix
    ./swap.nix
    ./build-cores.nix
  ];
}
