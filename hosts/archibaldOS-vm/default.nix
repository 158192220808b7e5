# The development guest: real-time kernel, PipeWire, SuperCollider, compilers. Log in at the console, or with your key.
{
  archibald = {
    vm.guest.enable = true;
    users = {
      passwordlessSudo = true;
      audioUser.authorizedKeys = [
        # "ssh-ed25519 AAAA… you@laptop"
      ];
    };
  };

  networking.hostName = "archibaldOS-vm";
  system.stateVersion = "26.05";
}
