# A headless machine that is only reached over the network: by key, or not at all.
{
  imports = [
    ../base
    ../users
    ./access.nix
    ./headless.nix
  ];
}
