# The one place that chooses the login screen. nixpkgs' Plasma installer brings plasma-login-manager; a second display
# manager beside it would own the same unit, so turning one on anywhere else is an error with a sentence.
{ config, lib, ... }:
let
  cfg = config.archibald.desktop;
  known = [
    "plasma-login-manager"
    "sddm"
    "ly"
    "gdm"
  ];
  enabled = lib.filter (name: config.services.displayManager.${name}.enable or false) known;
in
{
  options.archibald.desktop.displayManager = lib.mkOption {
    type = lib.types.nullOr (
      lib.types.enum [
        "plasma-login-manager"
        "sddm"
        "ly"
      ]
    );
    default =
      if cfg.environment == null then
        null
      else if cfg.environment == "plasma6" then
        "plasma-login-manager"
      else
        "ly";
    defaultText = lib.literalMD "`plasma-login-manager` with Plasma, `ly` with the small ones";
    description = ''
      Login screen; null starts none. `plasma-login-manager` belongs to Plasma, `sddm` is its predecessor, `ly` draws on
      the text console and needs next to no memory.
    '';
  };

  config = {
    assertions = [
      {
        assertion = lib.length enabled < 2;
        message = ''
          Two display managers want to own the screen: ${lib.concatStringsSep " and " enabled}. Choose one with
          archibald.desktop.displayManager and remove the other services.displayManager.….enable.
        '';
      }
    ];
    services.displayManager = lib.mkIf (cfg.displayManager != null) {
      ${cfg.displayManager}.enable = lib.mkDefault true;
    };
  };
}
