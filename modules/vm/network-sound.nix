# PipeWire for other machines: the PulseAudio protocol over TCP. There is no password, so it listens on the bridge's
# address only; whoever reaches it can play and record.
{ config, lib, ... }:
let
  vm = config.archibald.vm;
  cfg = vm.networkSound;
in
{
  options.archibald.vm.networkSound = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = (vm.guest.enable || vm.host.enable) && config.archibald.audio.server == "pipewire";
      defaultText = lib.literalMD "true on guest and host where PipeWire is the sound server";
      description = "Let the other end of the bridge play and record through this machine's PipeWire.";
    };
    address = lib.mkOption {
      type = lib.types.str;
      default = if vm.guest.enable then vm.guestAddress else vm.hostAddress;
      defaultText = lib.literalMD "this end of the bridge";
      example = "10.20.0.2";
      description = "Address to listen on.";
    };
    port = lib.mkOption {
      type = lib.types.port;
      default = 4713;
      example = 4714;
      description = "TCP port (1–65535).";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = config.archibald.audio.server == "pipewire";
        message = ''
          archibald.vm.networkSound.enable needs PipeWire: set archibald.audio.server = "pipewire", or turn the
          listener off.
        '';
      }
    ];
    services.pipewire.extraConfig.pipewire-pulse."92-network-sound" = {
      "pulse.properties"."server.address" = [
        "unix:native"
        {
          address = "tcp:${cfg.address}:${toString cfg.port}";
          max-clients = 8;
          listen-backlog = 8;
          "client.access" = "allowed";
        }
      ];
    };
    # Without a local client nothing would start it.
    systemd.user.services.pipewire-pulse.wantedBy = [ "default.target" ];
  };
}
