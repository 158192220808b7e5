# What the three pedals have in common; the board's model and period stand in the host's own file.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/sd-card/sd-image.nix") ];

  archibald = {
    base = {
      enable = true;
      timeZone = "US/Central";
    };
    users.passwordlessSudo = true;

    board.raspberryPi = {
      enable = true;
      realtimeKernel = true;
    };
    board.piStomp.enable = true;

    # Cores 0 and 1 serve interrupts, display and web page; 2 and 3 belong to JACK and the engine.
    realtime = {
      audioCores = [
        2
        3
      ];
      power.governorFromBoot = true;
      swappiness = 1;
    };

    pedal = {
      enable = true;
      authorizedKeys = [
        # "ssh-ed25519 AAAA… you@laptop"
      ];
    };
  };

  networking.hostName = "pistomp";
  services.avahi = {
    enable = true;
    nssmdns4 = true;
    publish = {
      enable = true;
      addresses = true;
    };
  };
  hardware.wirelessRegulatoryDatabase = true;
  boot.kernel.sysctl."fs.inotify.max_user_watches" = 600000;
  system.stateVersion = "26.05";
}
