# What a server without screen and sound leaves out, and the container engine it may bring along.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.server;
in
{
  options.archibald.server.docker = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Run the Docker engine (about 80 MB of memory). Its group gives root without a password; Docker also opens the
      ports of its containers past the firewall.
    '';
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        virtualisation.docker.enable = lib.mkDefault cfg.docker;
        # Sound would bring rtkit, udev rules and a user service for nobody.
        services.pipewire.enable = lib.mkDefault false;
        documentation.nixos.enable = lib.mkDefault false;
        fonts.fontconfig.enable = lib.mkDefault false;
        xdg.icons.enable = lib.mkDefault false;
        # Somebody must be able to read the console of a machine that does not come up.
        systemd.enableEmergencyMode = lib.mkDefault true;
      }
      # musnix stays imported, so that all variants share one set of modules, and stays off.
      (lib.optionalAttrs (options ? musnix) { musnix.enable = lib.mkDefault false; })
    ]
  );
}
