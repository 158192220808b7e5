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
    lib.nixosSystem {
      specialArgs = row.specialArgs or { };
      modules = [
        nixosModules.default
        (../hosts + "/${name}")
        { nixpkgs.hostPlatform = row.system; }
      ]
      ++ row.modules or [ ]
      ++ extra;
    };
  variants = lib.mapAttrs (name: row: build name row [ ]) table;

  crossConfigurations = lib.mapAttrs' (
    name: row:
    lib.nameValuePair "${name}-cross" (build name row [ { nixpkgs.buildPlatform = "x86_64-linux"; } ])
  ) (lib.filterAttrs (_: row: row.cross or false) table);

  # What `nix build .#<variant>` gives. The machine's configuration hangs on it, so that `.#<variant>.vm` and
  # `.#<variant>.config.…` work as well.
  artefact =
    row: machine:
    machine.config.system.build.${row.artefact}
    // {
      inherit (machine) config;
      inherit (machine.config.system.build) vm;
    };
in
{
  inherit table;

  # `host` is what the seed for the virtual machine calls the computer below it.
  nixosConfigurations = variants // {
    host = variants.archibaldOS-vm-host;
  };

  artefacts = lib.mapAttrs (name: row: artefact row variants.${name}) table;

  # The same machine, compiled on x86_64 instead of emulated. Only for rows that say `cross = true`: graphical programs
  # do not cross-compile.
  inherit crossConfigurations;
  crossArtefacts = lib.mapAttrs (
    name: machine: artefact table.${lib.removeSuffix "-cross" name} machine
  ) crossConfigurations;

  # Further things that a variant gives: row.more = { name = machine: derivation; }.
  moreArtefacts = lib.concatMapAttrs (
    name: row: lib.mapAttrs (_: make: make variants.${name}) (row.more or { })
  ) table;
}
