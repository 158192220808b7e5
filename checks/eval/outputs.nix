# What the flake offers, by name. Derivations are not looked into: a variant's own evaluation does that.
{ nixpkgs, inputs }:
let
  flake = import ./call-flake.nix { inherit nixpkgs inputs; };
  inherit (flake.inputs.nixpkgs) lib;
  names = builtins.attrNames;
in
{
  nixosConfigurations = names flake.nixosConfigurations;
  nixosModules = names flake.nixosModules;
  overlays = names flake.overlays;
  templates = names flake.templates;
  packages = lib.mapAttrs (_: names) flake.packages;
  checks = lib.mapAttrs (_: names) flake.checks;
  apps = lib.mapAttrs (_: names) flake.apps;
  formatter = lib.mapAttrs (_: lib.getName) flake.formatter;
  devShells = lib.mapAttrs (_: lib.mapAttrs (_: shell: map lib.getName shell.tools)) flake.devShells;
  # The seeds' names for a variant give the same machine.
  machines = lib.mapAttrs (_: package: package.config.networking.hostName) {
    inherit (flake.packages.x86_64-linux) installer archibaldOS-iso;
    inherit (flake.packages.aarch64-linux) sdImage pi4;
    host.config = flake.nixosConfigurations.host.config;
    archibaldOS-vm-host.config = flake.nixosConfigurations.archibaldOS-vm-host.config;
  };
}
