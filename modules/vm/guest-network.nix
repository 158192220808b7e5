# The guest's one network card hangs on the host's bridge and nowhere else, so the ports opened here are seen by the host
# alone. Firewall rules name the card all the same: a second card added later opens nothing.
{ config, lib, ... }:
let
  vm = config.archibald.vm;
  cfg = vm.guest;
in
{
  options.archibald.vm = {
    guestAddress = lib.mkOption {
      type = lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
      default = "192.168.122.2";
      example = "10.20.0.2";
      description = "IPv4 address of the guest on the bridge.";
    };
    hostAddress = lib.mkOption {
      type = lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
      default = "192.168.122.1";
      example = "10.20.0.1";
      description = "IPv4 address of the host on the bridge; the guest's gateway.";
    };
    prefixLength = lib.mkOption {
      type = lib.types.ints.between 8 30;
      default = 24;
      example = 28;
      description = "Length of the bridge's network prefix in bits (8–30).";
    };

    guest.openPorts = lib.mkOption {
      type = lib.types.listOf lib.types.port;
      default = [
        22
        4713
        8080
      ];
      example = [ 22 ];
      description = "TCP ports that the host may reach: SSH, network sound, the asset store.";
    };
    guest.openPortRange = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            from = lib.mkOption {
              type = lib.types.port;
              example = 8000;
              description = "First port.";
            };
            to = lib.mkOption {
              type = lib.types.port;
              example = 8010;
              description = "Last port.";
            };
          };
        }
      );
      default = {
        from = 8000;
        to = 9000;
      };
      description = "TCP ports for programs under development. Null: none.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = vm.guestAddress != vm.hostAddress;
        message = ''
          archibald.vm.guestAddress and archibald.vm.hostAddress are both ${vm.hostAddress}. Give the guest another
          address of the same network, for instance 192.168.122.2.
        '';
      }
    ];

    networking = {
      usePredictableInterfaceNames = lib.mkDefault false; # eth0, whatever machine QEMU pretends to be
      useDHCP = lib.mkDefault false;
      interfaces.eth0.ipv4.addresses = [
        {
          address = vm.guestAddress;
          inherit (vm) prefixLength;
        }
      ];
      defaultGateway = lib.mkDefault {
        address = vm.hostAddress;
        interface = "eth0";
      };
      nameservers = lib.mkDefault [ vm.hostAddress ];
      firewall.interfaces.eth0 = {
        allowedTCPPorts = cfg.openPorts;
        allowedTCPPortRanges = lib.optional (cfg.openPortRange != null) cfg.openPortRange;
      };
    };
    services.openssh.openFirewall = lib.mkDefault false;
  };
}
