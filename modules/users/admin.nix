# The person who runs a headless machine from far away. There is no password to guess: the account opens by key only.
{ config, lib, ... }:
let
  cfg = config.archibald.users.admin;
in
{
  options.archibald.users.admin = {
    enable = lib.mkEnableOption "the account of a remote administrator";

    name = lib.mkOption {
      type = lib.types.strMatching "[a-z_][a-z0-9_-]{0,30}";
      default = "admin";
      example = "keeper";
      description = "Login name, 1–31 characters.";
    };

    docker = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Put the account into the group `docker`. Whoever is in it can become root through a container, without a
        password. The group is there even when `virtualisation.docker.enable` is off.
      '';
    };

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… admin@laptop" ];
      description = "Public SSH keys that may log in as this account; the only way in.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.groups.docker = lib.mkIf cfg.docker { };
    users.users.${cfg.name} = {
      isNormalUser = true;
      description = lib.mkDefault "Administrator";
      extraGroups = [ "wheel" ] ++ lib.optional cfg.docker "docker";
      # "!" is no hash of any password: the account can only be entered by key.
      hashedPassword = lib.mkDefault "!";
      openssh.authorizedKeys.keys = cfg.authorizedKeys;
    };
  };
}
