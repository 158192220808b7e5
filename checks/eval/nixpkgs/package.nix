# A package that exists by name only. What modules read below a package (`pkgs.foo.bar`) exists when nixpkgs' modules or
# ours name it somewhere (names.sub, see docs/reference/evaluation.md); facts.nix holds what needs a particular value.
{
  lib,
  names,
  pkgs,
  mkDerivation,
  stdenv,
}:
let
  facts = import ./facts.nix { inherit lib mkPackage; };

  outputs = [
    "out"
    "bin"
    "dev"
    "lib"
    "man"
    "doc"
    "info"
    "debug"
    "devdoc"
    "modules"
    "data"
  ];

  # Below a package, these are lists, and `withSomething` is a switch that is on.
  listAttributes = [
    "allowedPatterns"
    "availableComponents"
    "enabledPlugins"
    "extraComponents"
    "filesInstalledToEtc"
    "kernelModuleAttribute"
    "propagatedBuildInputs"
    "providerNames"
    "runtimeDeps"
    "runtimeEnv"
    "xgreeters"
  ];
  isSwitch =
    name: builtins.match "with[A-Z].*" name != null && !builtins.elem name functionAttributes;
  functionAttributes = [
    "withExtensions"
    "withPackages"
    "withPlugins"
  ];
  notChildren = [
    "callPackage"
    "enable"
    "features"
    "isZen"
    "mkDerivation"
    "modDirVersion"
    "pkgs"
    "services"
    "src"
    "tests"
    "unwrapped"
    "wrapper"
  ]
  ++ functionAttributes
  ++ listAttributes;

  commonChildren = names.sub._pkg or [ ];
  switches = lib.genAttrs (lib.filter isSwitch commonChildren) (_: true);
  isChild = name: builtins.match "with[A-Z].*|.*[vV]ersion|is[A-Z].*" name == null;

  mkPackage =
    attributes:
    let
      name = attributes.pname;
      derivation = mkDerivation (
        {
          version = "999.0";
          inherit outputs;
        }
        // attributes
      );
      childNames = lib.subtractLists (notChildren ++ builtins.attrNames derivation) (
        (names.sub.${name} or [ ]) ++ lib.filter isChild commonChildren
      );
      self =
        derivation
        // {
          inherit stdenv;
          override = _: self;
          overrideDerivation = _: self;
          withPackages =
            choose:
            let
              chosen = choose pkgs._scope;
            in
            mkPackage {
              pname = "${name}-with-packages";
              packages = chosen;
            }
            // {
              packages = chosen;
            };
          withPlugins = _: self;
          withExtensions = _: self;
          buildEnv = _: self;
          wrapper = self;
          unwrapped = self;
          all = [ self ];
          src = mkDerivation { name = "${name}-src"; };
          tests = { };
          services = { };
          updateScript = null;
          urls = [ ];
          isRust = false;
          __functor = _: _: mkPackage { pname = "${name}-applied"; };
        }
        // switches
        // lib.genAttrs listAttributes (_: [ ])
        // lib.genAttrs childNames (child: mkPackage { pname = "${name}.${child}"; })
        // lib.optionalAttrs (lib.hasPrefix "networkmanager-" name) {
          networkManagerPlugin = "VPN/${name}.name";
        }
        // (facts.${name} or { })
        // {
          inherit (derivation) outPath;
        };
    in
    self;
in
{
  inherit mkPackage;
}
