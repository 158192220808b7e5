# How the system looks and what it calls itself. All marks are drawn for this project; none of the seed's is used.
{
  imports = [
    ./identity.nix
    ./console.nix
    ./boot-splash.nix
    ./wallpapers.nix
  ];
}
