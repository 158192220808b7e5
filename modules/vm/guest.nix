# The guest: PREEMPT_RT, PipeWire with a short period, no desktop. How late a guest's real-time thread wakes up is decided
# by the host: without cores of its own there, the numbers in here mean nothing.
{ config, lib, ... }:
let
  cfg = config.archibald.vm.guest;
  user = config.archibald.users.audioUser.name;
in
{
  options.archibald.vm.guest = {
    enable = lib.mkEnableOption "the settings of a real-time development guest";

    cores = lib.mkOption {
      type = lib.types.ints.between 1 64;
      default = 2;
      example = 4;
      description = ''
        Virtual CPUs (1–64). The last one is kept for audio; with one there is none to keep. The host should have that
        many real cores to give away, see `archibald.vm.host.guest.cores`.
      '';
    };

    memoryMiB = lib.mkOption {
      type = lib.types.ints.between 512 1048576;
      default = 4096;
      example = 8192;
      description = "Memory in MiB (512 or more). It is taken from the host as it is used and not given back.";
    };

    diskMiB = lib.mkOption {
      type = lib.types.ints.between 4096 1048576;
      default = 20480;
      example = 40960;
      description = "Size of the disk in MiB (4096 or more), as the guest sees it; the file grows with what is written.";
    };
  };

  config = lib.mkIf cfg.enable {
    archibald = {
      base.enable = lib.mkDefault true;
      hardware.cpuCount = lib.mkDefault cfg.cores;
      users.audioUser = {
        enable = lib.mkDefault true;
        autoLogin = lib.mkDefault true; # on the guest's console, which only the host's user sees
      };
      realtime = {
        enable = lib.mkDefault true;
        kernel.flavour = lib.mkDefault "mainline-rt";
        audioCores = lib.mkIf (cfg.cores > 1) (lib.mkDefault [ (cfg.cores - 1) ]);
      };
      audio = {
        server = lib.mkDefault "pipewire";
        quantumFrames = lib.mkDefault 32; # one period of 0.67 ms at 48 kHz
        pipewire.lowLatencyInVm = lib.mkDefault true;
      };
      # There is a store here as soon as its program is written.
      streamdb.enable = lib.mkDefault (config.services.streamdb.package != null);
    };

    # Nobody logs in at a desktop, so the session with PipeWire starts with the machine.
    users.users.${user}.linger = lib.mkDefault true;
    systemd.user.services.pipewire.wantedBy = [ "default.target" ];

    services.qemuGuest.enable = lib.mkDefault true;
    boot.kernelParams = [
      "console=tty1"
      "console=ttyS0,115200"
    ];

    # `nixos-rebuild build-vm` and `.vm`: a throw-away machine behind QEMU's own network, reached by forwarded ports.
    virtualisation.vmVariant = {
      virtualisation = {
        inherit (cfg) cores;
        memorySize = cfg.memoryMiB;
        diskSize = cfg.diskMiB;
        graphics = false;
        # Named, because QEMU otherwise listens on every address of the host, and the sound has no password.
        forwardPorts = [
          {
            from = "host";
            host = {
              address = "127.0.0.1";
              port = 2222;
            };
            guest.port = 22;
          }
          {
            from = "host";
            host = {
              address = "127.0.0.1";
              port = 4713;
            };
            guest.port = 4713;
          }
        ];
      };
      # The address of the bridge is of no use there.
      networking.interfaces.eth0.ipv4.addresses = lib.mkForce [ ];
      networking.defaultGateway = lib.mkForce null;
      networking.useDHCP = lib.mkForce true;
      archibald.vm.networkSound.address = lib.mkForce "0.0.0.0";
    };
  };
}
