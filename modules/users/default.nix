# The accounts of the variants, and the groups that give access to sound and real-time scheduling.
{
  imports = [
    ./groups.nix
    ./audio-user.nix
    ./live-user.nix
    ./admin.nix
    ./sudo.nix
  ];
}
