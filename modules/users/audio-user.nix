# The person who makes music on an installed machine or board. No password is set here: the installers ask for one, and
# a board with automatic login has none until `passwd` sets it, so nothing can log in over the network meanwhile.
{ config, lib, ... }:
let
  cfg = config.archibald.users.audioUser;
in
{
  options.archibald.users.audioUser = {
    enable = lib.mkEnableOption "the account of the person who makes music";

    name = lib.mkOption {
      type = lib.types.strMatching "[a-z_][a-z0-9_-]{0,30}";
      default = "audio-user";
      example = "alice";
      description = "Login name, 1–31 characters. Changing it later makes a new account; the old home folder stays.";
    };

    administrator = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Put the account into `wheel`, so that it can become root with sudo.";
    };

    extraGroups = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "dialout" ];
      description = "Further groups of the account, beside `archibald.users.audioGroups`.";
    };

    autoLogin = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Log the account in at power-on without asking: on the desktop where there is one, else on the first text
        console. Whoever can touch the machine then uses it.
      '';
    };

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… alice@laptop" ];
      description = "Public SSH keys that may log in as this account. Empty: no remote login.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.users.${cfg.name} = {
      isNormalUser = true;
      description = lib.mkDefault "ArchibaldOS audio user";
      extraGroups =
        config.archibald.users.audioGroups
        ++ cfg.extraGroups
        ++ lib.optional cfg.administrator "wheel"
        ++ lib.optional config.networking.networkmanager.enable "networkmanager";
      openssh.authorizedKeys.keys = cfg.authorizedKeys;
    };
    services.getty.autologinUser = lib.mkIf (
      cfg.autoLogin && (config.archibald.desktop.environment or null) == null
    ) (lib.mkDefault cfg.name);
  };
}
