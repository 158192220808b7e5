# How the pedal is found without anybody's help: an address on the cable even without a router, names by mDNS, and what the
# control service may ask of NetworkManager, since it runs without root.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.network;
  control = pedal.control;
  service =
    {
      name,
      type,
      port,
    }:
    ''
      <?xml version="1.0" standalone='no'?>
      <!DOCTYPE service-group SYSTEM "avahi-service.dtd">
      <service-group>
        <name replace-wildcards="yes">${name}</name>
        <service>
          <type>${type}</type>
          <port>${toString port}</port>
        </service>
      </service-group>
    '';
in
{
  options.archibald.pedal.network.enable = lib.mkOption {
    type = lib.types.bool;
    default = pedal.hotspot.enable;
    defaultText = lib.literalExpression "config.archibald.pedal.hotspot.enable";
    description = ''
      Set NetworkManager up for a pedal: every cable gets a link-local address (169.254.…) beside what a router gives, and
      goes on asking for one; the control service may switch networks and the hotspot; names are told by mDNS.
    '';
  };

  config = lib.mkIf (pedal.enable && cfg.enable) {
    networking.networkmanager = {
      enable = lib.mkDefault true;
      # Defaults of every connection of this kind, those that somebody makes later too.
      settings.connection-ethernet = {
        match-device = "type:ethernet";
        "ipv4.link-local" = 3; # always
        "ipv4.dhcp-timeout" = 2147483647; # a router may come later
      };
      # Power saving of the radio costs up to 100 ms a packet.
      wifi.powersave = false;
    };

    services.avahi = {
      enable = lib.mkDefault true;
      nssmdns4 = lib.mkDefault true;
      publish = {
        enable = lib.mkDefault true;
        addresses = lib.mkDefault true;
      };
      extraServiceFiles =
        lib.optionalAttrs (control.package != null && control.openFirewall) {
          pedal = service {
            name = "%h pedal";
            type = "_http._tcp";
            port = control.port;
          };
        }
        // lib.optionalAttrs pedal.midi.touchOscReachable {
          touchosc = service {
            name = "%h";
            type = "_touchoscbridge._udp";
            port = 12101;
          };
        };
    };

    # Of the actions that need a password elsewhere, these few are the control service's own task.
    security.polkit = lib.mkIf (control.package != null) {
      enable = true;
      extraConfig = ''
        polkit.addRule(function(action, subject) {
          if (subject.user != "pedald") return;
          if ([
            "org.freedesktop.NetworkManager.enable-disable-wifi",
            "org.freedesktop.NetworkManager.network-control",
            "org.freedesktop.NetworkManager.settings.modify.system",
            "org.freedesktop.NetworkManager.wifi.scan"
          ].indexOf(action.id) >= 0) return polkit.Result.YES;
          if (action.id == "org.freedesktop.systemd1.manage-units"
              && [ "wifi-hotspot.service", "archibald-stage.service" ].indexOf(action.lookup("unit")) >= 0)
            return polkit.Result.YES;
        });
      '';
    };
    systemd.services.mod-ui = lib.mkIf (control.package != null) {
      path = [ pkgs.networkmanager ];
    };
  };
}
