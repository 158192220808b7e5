# The boards that people have several of, for colmena: the same modules as in nixosConfigurations, and where each is.
{
  hosts,
  inputs,
  lib,
  nixosModules,
}:
let
  tag = name: if lib.hasPrefix "pistomp-" name then "pedal" else "runner";
  rows = lib.filterAttrs (name: _: lib.hasPrefix "pistomp-" name || name == "pi4") hosts.table;
  node = name: row: {
    imports = [
      nixosModules.default
      (../hosts + "/${name}")
    ]
    ++ row.modules or [ ];
    nixpkgs.hostPlatform = row.system;
    deployment = {
      targetHost = lib.mkDefault "${hosts.nixosConfigurations.${name}.config.networking.hostName}.local";
      targetUser = lib.mkDefault (if tag name == "pedal" then "pistomp" else null);
      tags = [ (tag name) ];
    };
  };
in
lib.mapAttrs node rows
// {
  meta = {
    description = "Pedals and test boards";
    # Only what colmena itself takes from it; each node has its own platform.
    nixpkgs = import inputs.nixpkgs { system = "x86_64-linux"; };
    nodeSpecialArgs = lib.mapAttrs (_: row: row.specialArgs or { }) rows;
  };
}
