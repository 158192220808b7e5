# Our pure functions, one file each. They take nixpkgs' lib and know nothing of modules or packages.
{ lib }:
{
  cpuList = import ./cpu-list.nix { inherit lib; };
  socketAddress = import ./socket-address.nix { inherit lib; };
  subdirectories = import ./subdirectories.nix { inherit lib; };
}
