# ../hosts/default.nix → nixosConfigurations and, for each variant, what is built from it.
{
  inputs,
  lib,
  nixosModules,
}:
let
  table = import ../hosts { inherit inputs lib; };

  build =
    name: row: extra:
    inputs.nixpkgs.lib.nixosSystem {
      specialArgs = row.specialArgs or { };
      modules = [
        nixosModules.default
        (../hosts + "/${name}")
        { nixpkgs.hostPlatform = row.system; }
      ]
      ++ row.modules or [ ]
      ++ extra;
    };
in
{
  inherit table;
  nixosConfigurations = lib.mapAttrs (name: row: build name row [ ]) table;

  # The same machine, compiled on x86_64 instead of emulated. Only for rows that say `cross = true`: graphical programs
  # do not cross-compile.
  crossConfigurations = lib.mapAttrs' (
    name: row:
    lib.nameValuePair "${name}-cross" (build name row [ { nixpkgs.buildPlatform = "x86_64-linux"; } ])
  ) (lib.filterAttrs (_: row: row.cross or false) table);
}
