# Remote access by public key only. A password that a stranger can guess, or that we chose, never opens a machine.
{ config, lib, ... }:
let
  cfg = config.archibald.base.ssh;
in
{
  options.archibald.base.ssh.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Run sshd (port 22, opened in the firewall) with public keys as the only way in. Takes effect with
      `archibald.base.enable`. Without any key of yours it lets nobody in. Costs about 5 MB of memory.
    '';
  };

  config = lib.mkIf (config.archibald.base.enable && cfg.enable) {
    services.openssh = {
      enable = lib.mkDefault true;
      settings = {
        PasswordAuthentication = lib.mkDefault false;
        KbdInteractiveAuthentication = lib.mkDefault false;
        # A plain definition would forbid users of this module to choose; 900 still beats the installer profile's
        # mkDefault "yes".
        PermitRootLogin = lib.mkOverride 900 "no";
      };
    };
  };
}
