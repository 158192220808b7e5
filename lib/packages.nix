# packages.<system>: the artefact of every variant, and our programs. An image for ARM is the same derivation under both
# systems; building it on x86_64 needs an ARM builder or binfmt, the `-cross` ones need neither.
{
  lib,
  hosts,
  system,
  pkgs,
}:
let
  artefact = row: config: config.config.system.build.${row.artefact};
  images = lib.mapAttrs (name: row: artefact row hosts.nixosConfigurations.${name}) (
    lib.filterAttrs (_: row: row.system == system || system == "x86_64-linux") hosts.table
  );
in
images // { }
