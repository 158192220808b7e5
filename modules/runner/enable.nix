# The switch of the whole area, and the name by which the machine is found.
{ config, lib, ... }:
let
  cfg = config.archibald.runner;
in
{
  options.archibald.runner = {
    enable = lib.mkEnableOption "a GitHub Actions runner for tests on real hardware";

    name = lib.mkOption {
      type = lib.types.strMatching "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
      default = "pi4-smoke-test";
      example = "bench-2";
      description = ''
        Name of the runner, the machine and its address `<name>.local` (1–63 lower-case letters, digits and hyphens).
        A change registers a new runner; remove the old one in GitHub's settings.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    archibald.base.enable = lib.mkDefault true;
    networking.hostName = lib.mkDefault cfg.name;
    services.avahi = {
      enable = lib.mkDefault true;
      nssmdns4 = lib.mkDefault true;
      openFirewall = lib.mkDefault true; # UDP 5353, answers to the name only
      publish = {
        enable = lib.mkDefault true;
        addresses = lib.mkDefault true;
      };
    };
  };
}
