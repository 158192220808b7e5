# The account that looks after the machine: by key, with sudo. The machine has no password at all.
{ config, lib, ... }:
let
  cfg = config.archibald.runner;
in
{
  options.archibald.runner = {
    user = lib.mkOption {
      type = lib.types.strMatching "[a-z_][a-z0-9_-]{0,30}";
      default = "pi";
      example = "keeper";
      description = "Login name, 1–31 characters.";
    };

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… you@laptop" ];
      description = ''
        Public SSH keys that may log in: the only way in, so an image without one can be seen and not entered. Text of
        the keys, not an address where they could be fetched.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (key: !(lib.hasPrefix "http" key)) cfg.authorizedKeys;
        message = ''
          archibald.runner.authorizedKeys has an address in place of a key. Nothing is fetched: open
          https://github.com/<you>.keys and copy the lines into the list.
        '';
      }
    ];
    users.users.${cfg.user} = {
      isNormalUser = true;
      description = lib.mkDefault "Keeper of the test machine";
      hashedPassword = lib.mkDefault "!"; # no password opens it, not at the console either
      extraGroups = [
        "wheel"
        "plugdev"
        "dialout"
      ];
      openssh.authorizedKeys.keys = cfg.authorizedKeys;
    };
    # Remote upgrades run `sudo` where nobody can type.
    archibald.users.passwordlessSudo = lib.mkDefault true;
    # nixos-rebuild copies what was built elsewhere; without this only signed paths are taken.
    nix.settings.trusted-users = [ cfg.user ];
  };
}
