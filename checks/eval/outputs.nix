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
  # Names of the seeds for the same thing: equal by derivation, not by luck.
  sameAs = {
    installer =
      flake.packages.x86_64-linux.installer.drvPath
      == flake.packages.x86_64-linux.archibaldOS-iso.drvPath;
    sdImage = flake.packages.aarch64-linux.sdImage.drvPath == flake.packages.aarch64-linux.pi4.drvPath;
  };
}
