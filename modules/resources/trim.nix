# Services of a default NixOS that cost boot time or memory and that few audio machines need. Each can be turned on
# again by its own option.
{ config, lib, ... }:
let
  cfg = config.archibald.resources;
in
{
  options.archibald.resources.trim = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = ''
      Do not wait for the network before the system counts as started, and leave out the HTML manual. Saves several
      seconds of boot on a machine without a cable, and about 100 MB of disk. Services that need the network at start
      must then wait for it themselves.
    '';
  };

  config = lib.mkIf cfg.trim {
    systemd.services.NetworkManager-wait-online.enable = lib.mkDefault false;
    systemd.network.wait-online.enable = lib.mkDefault false;
    documentation.nixos.enable = lib.mkDefault false;
  };
}
