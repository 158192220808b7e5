{
  description = "evaluation-only stand-in for nixpkgs: real lib and NixOS modules, no real packages";

  outputs =
    { self, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      lib = (import ./lib).extend (
        final: _: {
          nixos = import ./nixos/lib { lib = final; };
          nixosSystem =
            arguments:
            import ./nixos/lib/eval-config.nix (
              {
                lib = final;
                system = null;
              }
              // arguments
            );
        }
      );
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import ./. { inherit system; });
      nixosModules = {
        notDetected = ./nixos/modules/installer/scan/not-detected.nix;
        readOnlyPkgs = ./nixos/modules/misc/nixpkgs/read-only.nix;
      };
      outPath = self.outPath or ./.;
    };
}
