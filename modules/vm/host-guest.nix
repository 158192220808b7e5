# The guest as libvirt sees it: each virtual CPU on a real core of its own with real-time priority, QEMU's other threads on
# the cores that the host keeps. The cores are those of `archibald.realtime.audioCores`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  vm = config.archibald.vm;
  cfg = vm.host.guest;
  inherit (config.archibald) realtime;
  cores = cfg.cores;
  pin = index: core: ''<vcpupin vcpu="${toString index}" cpuset="${toString core}"/>'';
  hexAddress =
    address:
    let
      part = builtins.match "([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\\.([0-7])" address;
      at = index: "0x${lib.elemAt part index}";
    in
    ''<address domain="${at 0}" bus="${at 1}" slot="${at 2}" function="${at 3}"/>'';
  hostDevice = address: ''
    <hostdev mode="subsystem" type="pci" managed="yes"><source>${hexAddress address}</source></hostdev>
  '';
  tuning = lib.optionalString (cores != [ ]) ''
    <cputune>
      ${lib.concatStringsSep "\n    " (lib.imap0 pin cores)}
      <emulatorpin cpuset="${realtime.cpuLists.housekeeping}"/>
      <vcpusched vcpus="0-${toString (lib.length cores - 1)}" scheduler="fifo" priority="1"/>
    </cputune>
  '';
  domain = pkgs.writeText "${cfg.name}.xml" ''
    <domain type="kvm">
      <name>${cfg.name}</name>
      <memory unit="MiB">${toString cfg.memoryMiB}</memory>
      <vcpu placement="static">${toString (if cores == [ ] then 2 else lib.length cores)}</vcpu>
    ${tuning}
      <os><type arch="x86_64" machine="q35">hvm</type><boot dev="hd"/></os>
      <features><acpi/><apic/></features>
      <cpu mode="host-passthrough"/>
      <devices>
        <disk type="file" device="disk">
          <driver name="qemu" type="qcow2"/>
          <source file="${cfg.disk}"/>
          <target dev="vda" bus="virtio"/>
        </disk>
        <interface type="network"><source network="default"/><model type="virtio"/></interface>
        <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
        <console type="pty"/>
    ${lib.concatMapStrings hostDevice vm.host.passthrough.addresses}
      </devices>
    </domain>
  '';
in
{
  options.archibald.vm.host.guest = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = vm.host.enable;
      defaultText = lib.literalExpression "config.archibald.vm.host.enable";
      description = "Define the guest in libvirt. It is not started: `virsh start <name>`.";
    };
    name = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9._-]+";
      default = "archibaldOS-vm";
      example = "studio-vm";
      description = "Name of the guest in libvirt.";
    };
    cores = lib.mkOption {
      type = lib.types.listOf lib.types.ints.unsigned;
      default = realtime.audioCores;
      defaultText = lib.literalExpression "config.archibald.realtime.audioCores";
      example = [
        2
        3
      ];
      description = "Cores of the host, one per virtual CPU. Empty: two virtual CPUs wherever the host has time.";
    };
    memoryMiB = lib.mkOption {
      type = lib.types.ints.between 512 1048576;
      default = 4096;
      example = 8192;
      description = "Memory of the guest in MiB (512 or more).";
    };
    disk = lib.mkOption {
      type = lib.types.strMatching "/.+";
      default = "/var/lib/libvirt/images/archibaldOS-vm.qcow2";
      example = "/srv/vm/archibaldOS-vm.qcow2";
      description = ''
        The guest's disk; copy the built image there before the first start. Its folder is made if it is not there; QEMU, which
        runs as a user of its own, must be able to enter it.
      '';
    };
  };

  config = lib.mkIf (vm.host.enable && cfg.enable) {
    assertions = [
      {
        assertion = lib.all (core: lib.elem core realtime.audioCores) cores;
        message = ''
          archibald.vm.host.guest.cores names a core that the host uses itself. Put it into
          archibald.realtime.audioCores too, which sets it aside, or leave guest.cores at its default.
        '';
      }
    ];
    # The colon: a folder that is there already keeps its mode and owner.
    systemd.tmpfiles.settings."20-archibald-vm".${dirOf cfg.disk}.d = {
      mode = ":0711";
      user = ":root";
      group = ":root";
    };

    systemd.services.archibald-vm-define = {
      description = "Define the guest ${cfg.name}";
      wantedBy = [ "multi-user.target" ];
      requires = [ "archibald-vm-network.service" ];
      after = [ "archibald-vm-network.service" ];
      path = [ config.virtualisation.libvirtd.package ];
      unitConfig.RequiresMountsFor = [ (dirOf cfg.disk) ];
      script = "virsh define ${domain}";
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
