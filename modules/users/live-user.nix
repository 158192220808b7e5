# The account of the live medium. Its password is known to the whole world, so it must open nothing but the keyboard in
# front of the machine; an assertion keeps it from the network.
{ config, lib, ... }:
let
  cfg = config.archibald.users.live;
  sshd = config.services.openssh;
in
{
  options.archibald.users.live = {
    enable = lib.mkEnableOption "the account `nixos` of the live medium, with a published password";

    consolePassword = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = "nixos";
      description = ''
        Password of `nixos` at the local console; null leaves it empty. Readable by everybody in the Nix store.
        Never use this account on an installed system.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          !sshd.enable
          || (
            !(sshd.settings.PasswordAuthentication or true)
            && !(sshd.settings.KbdInteractiveAuthentication or true)
          );
        message = ''
          archibald.users.live gives the account `nixos` a published password, and sshd accepts passwords. Set
          services.openssh.settings.PasswordAuthentication = false and KbdInteractiveAuthentication = false, or turn
          services.openssh.enable or archibald.users.live.enable off.
        '';
      }
      {
        assertion = !sshd.enable || (sshd.settings.PermitRootLogin or "yes") == "no";
        message = ''
          The live medium's root account has an empty password. Set services.openssh.settings.PermitRootLogin = "no",
          or turn services.openssh.enable off.
        '';
      }
    ];

    users.users.nixos = {
      isNormalUser = true;
      extraGroups = config.archibald.users.audioGroups ++ [
        "wheel"
        "networkmanager"
      ];
      # nixpkgs' installation-device.nix sets an empty hash at normal priority, which would win over a password.
      initialHashedPassword = lib.mkIf (cfg.consolePassword != null) (lib.mkForce null);
      initialPassword = lib.mkIf (cfg.consolePassword != null) cfg.consolePassword;
    };
  };
}
