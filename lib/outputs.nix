# What the flake offers, by output; each has a file of its own.
{ inputs }:
let
  inherit (inputs.nixpkgs) lib;
  local = import ./. { inherit lib; };
  forSystems = lib.genAttrs [
    "x86_64-linux"
    "aarch64-linux"
  ];
  overlay = import ../pkgs { inherit inputs local; };
  packagesFor = forSystems (
    system:
    import inputs.nixpkgs {
      inherit system;
      overlays = [ overlay ];
    }
  );
  nixosModules = import ./modules.nix {
    inherit
      inputs
      lib
      local
      overlay
      ;
  };
  hosts = import ./hosts.nix { inherit inputs lib nixosModules; };
in
{
  inherit nixosModules;
  inherit (hosts) nixosConfigurations;
  lib = local;
  overlays.default = overlay;
  packages = forSystems (
    system:
    import ./packages.nix {
      inherit lib hosts system;
      pkgs = packagesFor.${system};
    }
  );
}
