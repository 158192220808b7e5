# The bridge br0 between host and guest. It uses the addresses of libvirt's usual network, so that network is defined here
# as this very bridge: two interfaces with one subnet cannot come up beside each other.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  vm = config.archibald.vm;
  cfg = vm.host;
  names = lib.optional (cfg.uplink != null) 53;
  network = pkgs.writeText "libvirt-default-network.xml" ''
    <network>
      <name>default</name>
      <forward mode="bridge"/>
      <bridge name="${cfg.bridge}"/>
    </network>
  '';
in
{
  options.archibald.vm.host = {
    bridge = lib.mkOption {
      type = lib.types.strMatching "[a-z][a-z0-9-]{0,14}";
      default = "br0";
      example = "vmbr0";
      description = "Name of the bridge (1–15 characters). It has no network card of the host in it.";
    };

    uplink = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "enp3s0";
      description = ''
        Interface through which the guest reaches the internet, by address translation. The host then answers its
        questions for names too, with dnsmasq on the bridge alone. Null: the guest sees the host and nothing else.
      '';
    };

    openPorts = lib.mkOption {
      type = lib.types.listOf lib.types.port;
      default = [
        22
        4713
      ];
      example = [ 22 ];
      description = "TCP ports of the host that the guest may reach: SSH and network sound.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking = {
      bridges.${cfg.bridge}.interfaces = [ ];
      interfaces.${cfg.bridge}.ipv4.addresses = [
        {
          address = vm.hostAddress;
          inherit (vm) prefixLength;
        }
      ];
      # Without a port in it the bridge has no carrier; it must keep its address all the same.
      dhcpcd.denyInterfaces = [ cfg.bridge ];
      networkmanager.unmanaged = [ "interface-name:${cfg.bridge}" ];
      firewall.interfaces.${cfg.bridge} = {
        allowedTCPPorts = cfg.openPorts ++ names;
        allowedUDPPorts = names;
      };
      nat = lib.mkIf (cfg.uplink != null) {
        enable = true;
        internalInterfaces = [ cfg.bridge ];
        externalInterface = cfg.uplink;
      };
    };
    # The guest takes the host for its name server; there is none of libvirt's own on this bridge.
    services.dnsmasq = lib.mkIf (cfg.uplink != null) {
      enable = lib.mkDefault true;
      resolveLocalQueries = lib.mkDefault false;
      settings = {
        interface = cfg.bridge;
        except-interface = "lo";
        bind-dynamic = true;
      };
    };
    virtualisation.libvirtd.allowedBridges = [ cfg.bridge ];

    systemd.services.archibald-vm-network = {
      description = "Define libvirt's network on ${cfg.bridge}";
      wantedBy = [ "multi-user.target" ];
      requires = [ "libvirtd.service" ];
      after = [ "libvirtd.service" ];
      path = [ config.virtualisation.libvirtd.package ];
      script = ''
        if virsh net-info default > /dev/null 2>&1; then
          virsh net-destroy default > /dev/null 2>&1 || true # may be stopped already
          virsh net-undefine default
        fi
        virsh net-define ${network}
        virsh net-autostart default
        virsh net-start default
      '';
      # Root, as libvirt's own socket asks for; what libvirt then does is libvirt's.
      serviceConfig = import ../pedal/sandbox.nix // {
        Type = "oneshot";
        RemainAfterExit = true;
        PrivateDevices = true;
        PrivateNetwork = true;
        RestrictRealtime = true;
      };
    };
  };
}
