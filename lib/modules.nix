# nixosModules: one per folder of ../modules, and `default` with all of them. What a module needs from our inputs is
# closed over here, so that it can be imported without specialArgs.
{
  inputs,
  lib,
  local,
  overlay,
}:
let
  areas = local.subdirectories ../modules "default.nix";

  # Imported once, however many areas bring it.
  packages = {
    key = "archibald#packages";
    _file = ./modules.nix;
    nixpkgs.overlays = [ overlay ];
  };

  # The locked sources; they go onto installation media.
  sources = map (input: input.outPath) (lib.attrValues (removeAttrs inputs [ "self" ]));

  fromInputs = {
    installer = [
      inputs.disko.nixosModules.disko
      {
        key = "archibald#installer-inputs";
        archibald.installer = {
          flake = lib.mkDefault inputs.self.outPath;
          disko = lib.mkDefault inputs.disko.outPath;
          sources = lib.mkDefault sources;
          systems = lib.mkDefault [
            inputs.self.nixosConfigurations.archibaldOS.config.system.build.toplevel
          ];
        };
      }
    ];
    realtime = [
      inputs.musnix.nixosModules.musnix
      {
        key = "archibald#raspberry-pi-kernel";
        archibald.realtime.raspberryPi.kernelExpression = lib.mkDefault "${inputs.nixos-hardware}/raspberry-pi/common/kernel.nix";
      }
    ];
  };

  area = name: {
    key = "archibald#${name}";
    imports = [
      packages
      (../modules + "/${name}")
    ]
    ++ fromInputs.${name} or [ ];
  };
in
lib.genAttrs areas area
// {
  default.imports = map area areas;
}
