# The graphical surface: one environment, one display manager, both chosen by option.
{
  imports = [
    ../audio
    ../users
    ./environment.nix
    ./display-manager.nix
    ./plasma.nix
    ./window-managers.nix
  ];
}
