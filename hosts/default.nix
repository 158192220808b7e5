# Every variant, one row each; the row's name is its folder here and its name in nixosConfigurations.
#   system       platform that it runs on
#   artefact     attribute of config.system.build that `nix build .#<name>` gives
#   cross        true: `<name>-cross` is offered too, compiled on x86_64 (headless systems only)
#   modules      modules from other inputs that only this variant needs
#   specialArgs  for such modules, when they need any
{ inputs, ... }:
let
  raspberryPi = model: inputs.nixos-hardware.nixosModules."raspberry-pi-${toString model}";
in
{
  archibaldOS = {
    system = "x86_64-linux";
    artefact = "toplevel";
  };

  archibaldOS-arm-generic = {
    system = "aarch64-linux";
    artefact = "toplevel";
  };

  archibaldOS-iso = {
    system = "x86_64-linux";
    artefact = "isoImage";
  };

  archibaldOS-orangepi5 = {
    system = "aarch64-linux";
    artefact = "sdImage";
    modules = [
      "${inputs.nixos-rk3588}/modules/boards/orangepi5.nix"
      "${inputs.nixos-rk3588}/modules/sd-image/orangepi5.nix"
    ];
    specialArgs.rk3588 = {
      inherit (inputs) nixpkgs;
      # The kernel of the vendor is built by the target's own packages; on x86 that needs an ARM builder or emulation.
      pkgsKernel = import inputs.nixpkgs { system = "aarch64-linux"; };
    };
  };

  archibaldOS-orangepi5-mainline = {
    system = "aarch64-linux";
    artefact = "sdImage";
  };

  archibaldOS-server = {
    system = "x86_64-linux";
    artefact = "toplevel";
  };

  archibaldOS-vm = {
    system = "x86_64-linux";
    artefact = "vmImage";
    modules = [ inputs.nixos-generators.nixosModules.qcow ];
    more.archibaldos-vm-image = machine: machine.config.system.build.vmImage;
  };

  archibaldOS-vm-host = {
    system = "x86_64-linux";
    artefact = "toplevel";
  };

  pi4 = {
    system = "aarch64-linux";
    artefact = "sdImage";
    cross = true;
    modules = [ (raspberryPi 4) ];
  };

  pistomp-pi3 = {
    system = "aarch64-linux";
    artefact = "sdImage";
    cross = true;
    modules = [ (raspberryPi 3) ];
  };

  pistomp-pi4 = {
    system = "aarch64-linux";
    artefact = "sdImage";
    cross = true;
    modules = [ (raspberryPi 4) ];
  };

  pistomp-pi5 = {
    system = "aarch64-linux";
    artefact = "sdImage";
    cross = true;
    modules = [ (raspberryPi 5) ];
  };
}
