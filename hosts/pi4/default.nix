# Raspberry Pi 4 that runs a repository's tests on real boards. Your key, and the repository, go here.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/sd-card/sd-image.nix") ];

  archibald = {
    board.raspberryPi = {
      enable = true;
      model = 4;
      serialConsole = true;
    };
    board.image.name = "pi4-smoke-test";
    runner = {
      enable = true;
      # Public: read "A public repository" in docs/getting-started/pi4-runner.md before the token is put in place.
      url = "https://github.com/ALH477/ArchibaldOS";
      authorizedKeys = [
        # "ssh-ed25519 AAAA… you@laptop"
      ];
    };
  };

  system.stateVersion = "26.05";
}
