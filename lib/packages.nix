# packages.<system>: the artefact of every variant, under its own name and under that of its seed, and our programs. An
# image for ARM is the same derivation under both systems: on x86_64 it needs an ARM builder or emulation, the `-cross`
# ones need neither.
{
  hosts,
  lib,
  local,
  pkgs,
  system,
  ...
}:
let
  here = name: system == "x86_64-linux" || hosts.table.${name}.system == system;
  variants = lib.filterAttrs (name: _: here name) hosts.artefacts;
in
lib.genAttrs (local.subdirectories ../pkgs "package.nix") (name: pkgs.${name})
// variants
// {
  sdImage = hosts.artefacts.pi4;
}
// lib.optionalAttrs (system == "x86_64-linux") (
  hosts.crossArtefacts
  // hosts.moreArtefacts
  // {
    installer = hosts.artefacts.archibaldOS-iso;
  }
)
