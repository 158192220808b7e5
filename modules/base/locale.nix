# One clock, language and keyboard for all variants, so that logs of several machines can be laid side by side.
# Costs nothing; the installers replace all three with what the user picked.
{ config, lib, ... }:
let
  cfg = config.archibald.base;
in
{
  options.archibald.base = {
    enable = lib.mkEnableOption "the settings that all variants share: clock, language, keyboard, Nix and SSH";

    timeZone = lib.mkOption {
      type = lib.types.str;
      default = "UTC";
      example = "Europe/Berlin";
      description = ''
        Time zone, a name of the IANA database. UTC has no daylight saving, so no hour is missing or double in a log.
        Sets `time.timeZone` as a default. Costs nothing.
      '';
    };

    locale = lib.mkOption {
      type = lib.types.str;
      default = "en_US.UTF-8";
      example = "de_DE.UTF-8";
      description = ''
        Language and character encoding of the system, a glibc locale name. Sets `i18n.defaultLocale` as a default.
        Each further locale that programs use adds a few megabytes to the image.
      '';
    };

    keyMap = lib.mkOption {
      type = lib.types.str;
      default = "us";
      example = "de";
      description = ''
        Keyboard layout of the text console, a name of the kbd package. Sets `console.keyMap` as a default.
        The graphical layout is the desktop's own setting.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    time.timeZone = lib.mkDefault cfg.timeZone;
    i18n.defaultLocale = lib.mkDefault cfg.locale;
    console.keyMap = lib.mkDefault cfg.keyMap;
  };
}
