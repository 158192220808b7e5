# First boot of an image: `pistomp.conf` from the FAT partition becomes Wi-Fi, host name, keys and period. The file is
# parsed, never run. What was applied is remembered, so later boots only tell the kernel again what it forgets.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.provision;
  package = import ./package-option.nix { inherit lib pkgs; };
in
{
  options.archibald.provision = {
    enable = lib.mkEnableOption "first-boot provisioning from a file on the card's FAT partition" // {
      default = config.archibald.pedal.enable && cfg.package != null;
      defaultText = lib.literalMD "true on a pedal as soon as there is a program for it";
    };

    package = package.option "archibald-provision" "archibald-provision";

    file = lib.mkOption {
      type = lib.types.path;
      default = "/boot/firmware/pistomp.conf";
      example = "/boot/pistomp.conf";
      description = "The file that the owner fills in; its partition is mounted for the run.";
    };

    user = lib.mkOption {
      type = lib.types.str;
      default = config.archibald.pedal.user;
      defaultText = lib.literalExpression "config.archibald.pedal.user";
      example = "guitarist";
      description = "Account that password and key of the file are for.";
    };

    keepSecrets = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Leave the passwords in the file after they were taken over. Whoever has the card can read them. Off: they are
        removed, and a factory reset needs them written again.
      '';
    };

    extraPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.raspberrypi-eeprom ]";
      description = ''
        Further programs for the service. `rpi-eeprom-config`, which sets the power-off behaviour of a Raspberry Pi 5,
        comes with firmware that is not free, so it is not installed unasked; without it that one step is left out, with a
        line in the journal.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (package.assertion "archibald.provision" cfg.package) ];

    # sshd takes the first value it meets, and a match before any: our own settings forbid passwords, and a file of the
    # first boot allows one to the owner who chose it.
    services.openssh.extraConfig = "Include /var/lib/archibald/sshd/*.conf";
    # Published is the name that the machine has, not the one that it was built with.
    services.avahi.hostName = lib.mkDefault "";
  };
}
