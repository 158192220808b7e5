# What every variant has in common: clock, language, keyboard, Nix itself and remote access by key.
{
  imports = [
    ./locale.nix
    ./nix.nix
    ./ssh.nix
  ];
}
