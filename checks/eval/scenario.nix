# A variant with some options set otherwise: the parts of its manifest that options of ours can change.
{
  nixpkgs,
  inputs,
  case,
}:
let
  scenario = import (./scenarios + "/${case}.nix");
  machine = import ./machine.nix {
    inherit nixpkgs inputs;
    inherit (scenario) variant;
    modules = [ scenario.module ];
  };
  inherit (machine) lib manifest;
in
builtins.seq machine.toplevel.drvPath (
  removeAttrs manifest [
    "archibald"
    "variables"
  ]
  // {
    units = {
      inherit (manifest.units) ours userOurs aliases;
      system = lib.getAttrs manifest.units.ours manifest.units.system;
      user = lib.getAttrs manifest.units.userOurs manifest.units.user;
    };
  }
)
