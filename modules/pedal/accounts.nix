# Who is who on a pedal. Third-party plugins run as their own user, which sees neither keys nor tokens of the others; the
# boards are shared through a group. No account has a password from us: a key, or first-boot provisioning, opens it.
{ config, lib, ... }:
let
  cfg = config.archibald.pedal;
in
{
  options.archibald.pedal = {
    user = lib.mkOption {
      type = lib.types.strMatching "[a-z_][a-z0-9_-]{0,30}";
      default = "pistomp";
      example = "stage";
      description = ''
        Login name of the pedal's owner, 1–31 characters; the data lies in `/home/<name>`. Existing pedalboards and
        programs expect `pistomp`. A change makes a new account and leaves the old home folder where it is.
      '';
    };

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… guitarist@laptop" ];
      description = ''
        Public SSH keys of the owner. Empty: nobody can log in over the network, unless a key comes from
        `pistomp.conf` at the first boot.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    users.groups = {
      ${cfg.user} = { };
      jack = { };
      gpio = { };
      spi = { };
    };

    users.users = {
      ${cfg.user} = {
        isNormalUser = true;
        description = lib.mkDefault "Owner of the pedal";
        group = cfg.user;
        # The services reach data/ and .lv2 through the group; .ssh and the like stay 0700.
        homeMode = "750";
        extraGroups = [
          "wheel"
          "audio"
          "video"
          "jack"
          "gpio"
          "spi"
          "i2c"
        ];
        openssh.authorizedKeys.keys = cfg.authorizedKeys;
      };
      jack = {
        isSystemUser = true;
        description = "JACK sound server";
        group = "jack";
        extraGroups = [ "audio" ];
      };
      archibald-engine = {
        isSystemUser = true;
        description = "LV2 host of the pedal";
        group = cfg.user;
        extraGroups = [
          "audio"
          "jack"
        ];
      };
      pedald = {
        isSystemUser = true;
        description = "Control service of the pedal";
        group = cfg.user;
        extraGroups = [
          "audio"
          "jack"
          "gpio"
          "spi"
          "i2c"
          "dialout"
        ];
      };
    };
  };
}
