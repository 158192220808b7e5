# `nix build .#archibaldos-vm-image`: the qcow2 of nixos-generators and a script that runs it without libvirt. The host
# row of the flake imports the generator's `qcow` module; without it there is no image, only `.vm`.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  vm = config.archibald.vm;
  cfg = vm.guest;
  hasGenerator = options ? formatAttr;
  image = "${config.system.build.qcow}/nixos${config.fileExtension}";
  script = pkgs.writeShellApplication {
    name = "run-nixos-vm";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.qemu_kvm
    ];
    text = ''
      image=${image}
      cores=${toString cfg.cores}
      memory=${toString cfg.memoryMiB}
    ''
    + builtins.readFile ./run-nixos-vm.sh;
  };
in
{
  config = lib.optionalAttrs hasGenerator (
    lib.mkIf cfg.enable {
      virtualisation.diskSize = lib.mkDefault cfg.diskMiB;
      system.build.vmImage =
        pkgs.runCommand "archibaldos-vm-image" { meta.mainProgram = "run-nixos-vm"; }
          ''
            mkdir -p $out/bin
            ln -s ${lib.getExe script} $out/bin/run-nixos-vm
            ln -s ${image} $out/archibaldOS-vm.qcow2
          '';
    }
  );
}
