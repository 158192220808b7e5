# The mark on the text console, above each login prompt. The file is plain ASCII without backslashes, which agetty would
# read as its own codes.
{ config, lib, ... }:
let
  cfg = config.archibald.branding;
in
{
  options.archibald.branding.consoleArt = lib.mkOption {
    type = lib.types.nullOr lib.types.lines;
    default = builtins.readFile ./assets/console.txt;
    defaultText = lib.literalMD "`modules/branding/assets/console.txt`";
    description = ''
      Text above the login prompt of every console, at most 79 columns and 10 lines to fit the smallest screen; null
      shows none. `\` starts a code of agetty (`\n` is the host name).
    '';
  };

  config = lib.mkIf (cfg.enable && cfg.consoleArt != null) {
    services.getty.greetingLine = ''
      ${cfg.consoleArt}
      <<< ${config.system.nixos.distroName} ${config.system.nixos.label} (\m) - \l >>>
    '';
    # archibald-install shows the same mark.
    environment.etc."archibald/console.txt".text = cfg.consoleArt;
  };
}
