# A stand-in for nixpkgs' package set, for evaluation only. A package is a well-formed derivation with the right name
# and nothing in it; an attribute that nixpkgs does not have is missing here too. What turns settings into text (writers,
# formats, trivial builders) is the real code, because that text is what we look at.
arguments@{
  system ? null,
  localSystem ? null,
  crossSystem ? null,
  config ? { },
  overlays ? [ ],
  crossOverlays ? [ ],
  ...
}:
let
  lib = import ../lib;
  names = builtins.fromJSON (builtins.readFile ../pkgs/names.json);

  platforms = import ./platforms.nix { inherit lib; } {
    local =
      if localSystem != null then
        localSystem
      else if system != null then
        system
      else
        builtins.currentSystem;
    cross = crossSystem;
  };

  settings = {
    allowAliases = true;
    allowUnfree = false;
  }
  // (if lib.isFunction config then config { inherit pkgs; } else config);

  derivations = import ./derivation.nix { inherit lib platforms; };
  packages = import ./package.nix {
    inherit lib names pkgs;
    inherit (derivations) mkDerivation;
    stdenv = standardEnvironment;
  };
  scopes = import ./scopes.nix {
    inherit lib names pkgs;
    inherit (packages) mkPackage;
  };
  kernels = import ./kernel.nix {
    inherit lib platforms pkgs;
    inherit (derivations) mkDerivation;
    inherit (packages) mkPackage;
    inherit (scopes) callPackageWith everyName;
  };
  standardEnvironment = import ./stdenv.nix {
    inherit lib platforms;
    inherit (derivations) mkDerivation;
    inherit (packages) mkPackage;
  };

  withOverlays = extra: import ./. (arguments // { overlays = overlays ++ extra; });

  base =
    self:
    lib.genAttrs names.top (name: packages.mkPackage { pname = name; })
    // kernels.attributes
    // import ./helpers.nix {
      inherit lib self settings;
      inherit (derivations) mkDerivation;
      inherit (packages) mkPackage;
    }
    // import ./sets.nix {
      inherit
        lib
        self
        names
        scopes
        ;
      inherit (packages) mkPackage;
    }
    // {
      _type = "pkgs";
      inherit lib overlays;
      config = settings;
      path = ../.;
      inherit (platforms) buildPlatform hostPlatform;
      targetPlatform = platforms.hostPlatform;
      inherit (platforms.hostPlatform) system;

      stdenv = standardEnvironment;
      stdenvNoCC = standardEnvironment;
      gccStdenv = standardEnvironment;
      clangStdenv = standardEnvironment;
      overrideCC = _: _: standardEnvironment;

      extend = overlay: withOverlays [ overlay ];
      appendOverlays = withOverlays;
      pkgsCross = lib.mapAttrs (
        _: target:
        import ./. {
          localSystem = platforms.buildPlatform;
          crossSystem = target;
          inherit config overlays;
        }
      ) lib.systems.examples;
      nixos =
        modules:
        import ../nixos/lib/eval-config.nix {
          inherit lib;
          system = null;
          modules = [ { nixpkgs.pkgs = self; } ] ++ lib.toList modules;
        };
    }
    // lib.genAttrs [
      "pkgs"
      "__splicedPackages"
      "buildPackages"
      "targetPackages"
      "pkgsBuildBuild"
      "pkgsBuildHost"
      "pkgsBuildTarget"
      "pkgsHostHost"
      "pkgsHostTarget"
      "pkgsTargetTarget"
      "pkgsi686Linux"
      "pkgsStatic"
      "pkgsMusl"
    ] (_: self);

  packageOverrides = lib.optional (settings ? packageOverrides) (
    _: previous: settings.packageOverrides previous
  );
  pkgs = lib.fix (
    lib.foldl' (lib.flip lib.extends) base (crossOverlays ++ overlays ++ packageOverrides)
  );
in
pkgs
