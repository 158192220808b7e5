# What the flake offers, by output; each has a file of its own.
{ inputs }:
let
  inherit (inputs.nixpkgs) lib;
  local = import ./. { inherit lib; };
  overlay = import ../pkgs { inherit local; };
  nixosModules = import ./modules.nix {
    inherit
      inputs
      lib
      local
      overlay
      ;
  };
  hosts = import ./hosts.nix { inherit inputs lib nixosModules; };

  # Per system: the packages, ours and the Rust toolchain among them, and what is made from them.
  perSystem =
    output:
    lib.genAttrs
      [
        "x86_64-linux"
        "aarch64-linux"
      ]
      (
        system:
        let
          pkgs = import inputs.nixpkgs {
            inherit system;
            overlays = [
              inputs.rust-overlay.overlays.default
              overlay
            ];
          };
        in
        output {
          inherit
            hosts
            inputs
            lib
            local
            nixosModules
            pkgs
            system
            ;
          rust = import ./rust.nix { inherit inputs pkgs; };
        }
      );
in
{
  inherit nixosModules;
  inherit (hosts) nixosConfigurations;
  lib = local;
  overlays.default = overlay;
  colmena = import ./colmena.nix {
    inherit
      hosts
      inputs
      lib
      nixosModules
      ;
  };
  packages = perSystem (import ./packages.nix);
  apps = perSystem (import ./apps.nix);
  devShells = perSystem (import ./dev-shells.nix);
  formatter = perSystem ({ pkgs, ... }: pkgs.nixfmt);
  checks = perSystem (import ../checks);
  templates.default = {
    path = ../templates/host;
    description = "A machine of your own with ArchibaldOS' modules";
  };
}
