# The functions of the package set. Those that make text are nixpkgs' own; those that would compile, fetch or pack are
# derivations that remember their arguments.
{
  lib,
  self,
  settings,
  mkDerivation,
  mkPackage,
}:
let
  package = name: mkPackage { pname = name; };
  named =
    arguments:
    mkDerivation { name = arguments.name or "${arguments.pname}-${arguments.version or "0"}"; };
  callIfFunction =
    arguments: if lib.isFunction arguments then arguments { finalPackage = { }; } else arguments;
  isPlain =
    value: builtins.isString value || builtins.isList value && lib.all builtins.isString value;

  # A fetched source: fixed output, so that its hash is as visible as in the real thing.
  fetch =
    name: arguments:
    mkDerivation {
      name = arguments.name or arguments.pname or name;
      outputHash = lib.fakeHash;
      outputHashAlgo = "sha256";
      outputHashMode = "recursive";
      fetched = builtins.toJSON (lib.filterAttrs (_: isPlain) arguments);
      passthru = {
        url = arguments.url or "";
        rev = arguments.rev or "";
      };
    };

  build =
    arguments:
    let
      given = callIfFunction arguments;
    in
    mkDerivation (
      {
        pname = given.pname or given.defconfig or "shell";
        version = given.version or "0";
      }
      // removeAttrs given [
        "goSum"
        "shellHook"
      ]
    );

  textFunctions = import ../pkgs/build-support/trivial-builders {
    inherit lib;
    config = settings;
    inherit (self)
      jq
      lndir
      runtimeShell
      stdenv
      stdenvNoCC
      ;
    shellcheck-minimal = self.shellcheck;
  };

  initrd = arguments: {
    inherit (arguments) contents;
    compressorExecutableFunction = packages: "${packages.gzip}/bin/gzip";
    compressorArgs = [ ];
    compressor = "gzip";
  };
in
textFunctions
// lib.genAttrs [
  "fetchCargoVendor"
  "fetchCrate"
  "fetchDebianPatch"
  "fetchFromBitbucket"
  "fetchFromCodeberg"
  "fetchFromGitHub"
  "fetchFromGitLab"
  "fetchFromGitea"
  "fetchFromGitiles"
  "fetchFromSavannah"
  "fetchFromSourcehut"
  "fetchNpmDeps"
  "fetchPypi"
  "fetchgit"
  "fetchhg"
  "fetchpatch"
  "fetchpatch2"
  "fetchsvn"
  "fetchurl"
  "fetchzip"
] fetch
// lib.genAttrs [
  "buildArmTrustedFirmware"
  "buildGoModule"
  "buildNpmPackage"
  "buildPythonApplication"
  "buildPythonPackage"
  "buildUBoot"
  "mkShell"
  "mkShellNoCC"
] (_: build)
//
  lib.genAttrs
    [
      "buildFHSEnv"
      "makeFontsCache"
      "makeFontsConf"
      "mkBinaryCache"
    ]
    (
      name: arguments:
      named ({ inherit name; } // (if builtins.isAttrs arguments then arguments else { }))
    )
// {
  callPackage = self.newScope { };
  callPackages = self.newScope { };
  newScope =
    extra:
    (import ./scopes.nix {
      inherit lib mkPackage;
      names = {
        top = [ ];
        sub = { };
      };
      pkgs = self;
    }).callPackageWith
      (self // extra);
  recurseIntoAttrs = lib.recurseIntoAttrs;
  dontRecurseIntoAttrs = set: set;
  splicePackages = splices: splices.pkgsHostTarget;
  makeScopeWithSplicing' = lib.makeScopeWithSplicing' {
    splicePackages = splices: splices.pkgsHostTarget or { };
    inherit (self) newScope;
  };
  generateSplicesForMkScope =
    _:
    lib.genAttrs [
      "selfBuildBuild"
      "selfBuildHost"
      "selfBuildTarget"
      "selfHostHost"
      "selfHostTarget"
      "selfTargetTarget"
    ] (_: { });

  lndir = package "lndir";
  runtimeShell = "${self.bash}/bin/bash";
  runtimeShellPackage = self.bash;
  formats = import ../pkgs/pkgs-lib/formats.nix {
    inherit lib;
    pkgs = self;
  };
  writers = self.callPackage ../pkgs/build-support/writers { };
  replaceVarsWith = self.callPackage ../pkgs/build-support/replace-vars/replace-vars-with.nix { };
  replaceVars =
    source: replacements:
    mkDerivation {
      name = baseNameOf (toString source);
      src = source;
      replacements = builtins.toJSON replacements;
    };
  substitute =
    arguments:
    mkDerivation (
      {
        name = arguments.name or (baseNameOf (toString arguments.src));
      }
      // removeAttrs arguments [ "substitutions" ]
    );
  substituteAll =
    arguments:
    mkDerivation ({ name = baseNameOf (toString (arguments.src or arguments.name)); } // arguments);
  makeSetupHook =
    arguments: script:
    mkDerivation {
      name = arguments.name or "hook";
      script = toString script;
    };
  nix-gitignore.gitignoreSource = _: path: path;

  buildEnv =
    arguments:
    mkDerivation {
      inherit (arguments) name paths;
      pathsToLink = arguments.pathsToLink or [ ];
      buildCommand = "mkdir -p $out; for path in $paths; do [ -d $path ] && cp -rsn $path/. $out/ || true; done";
      passthru = {
        inherit (arguments) paths;
      }
      // (arguments.passthru or { });
    };
  makeDBusConf.override =
    arguments:
    mkDerivation (
      {
        name = "dbus-1";
      }
      // lib.filterAttrs (_: value: !builtins.isFunction value) (
        if lib.isFunction arguments then { } else arguments
      )
    );
  makeDesktopItem =
    arguments:
    mkDerivation {
      name = "${arguments.name}.desktop";
      inherit (arguments) desktopName;
      exec = arguments.exec or "";
    };
  closureInfo =
    arguments:
    mkDerivation {
      name = "closure-info";
      inherit (arguments) rootPaths;
    };

  makeInitrd =
    arguments:
    mkDerivation {
      name = "initrd";
      contents = builtins.toJSON arguments.contents;
      passthru = initrd arguments;
    };
  makeInitrdNG =
    arguments:
    mkDerivation {
      name = "initrd";
      contents = builtins.toJSON (
        if builtins.isList arguments.contents then
          arguments.contents
        else
          builtins.attrValues arguments.contents
      );
      passthru = initrd arguments;
    };
  makeModulesClosure =
    arguments:
    mkDerivation {
      name = "kernel-modules-closure";
      inherit (arguments) rootModules kernel firmware;
    };
  aggregateModules =
    modules:
    mkDerivation {
      name = "kernel-modules";
      inherit modules;
    };
  compressFirmwareXz = firmware: firmware;
  compressFirmwareZstd = firmware: firmware;

  rustPlatform = {
    buildRustPackage =
      arguments:
      let
        given = callIfFunction arguments;
      in
      mkDerivation {
        inherit (given) pname version;
        src = given.src or null;
        meta = given.meta or { };
      };
    importCargoLock = _: package "cargo-lock";
    fetchCargoVendor = _: package "cargo-vendor";
    bindgenHook = package "bindgenHook";
    cargoSetupHook = package "cargoSetupHook";
    rustLibSrc = package "rust-src";
  };
  makeRustPlatform = _: self.rustPlatform;
  appimageTools.wrapType2 = named;
  dockerTools = {
    buildImage = named;
    buildLayeredImage = named;
  };
  vmTools = {
    runInLinuxVM = derivation: derivation;
    override = _: self.vmTools;
    qemuCommandLinux = "";
    initrdUtils = package "initrd-utils";
  };
  testers = {
    runNixOSTest = test: mkDerivation { name = "vm-test-run-${test.name or "unnamed"}"; };
    nixosTest = test: mkDerivation { name = "vm-test-run-${test.name or "unnamed"}"; };
    invalidateFetcherByDrvHash = fetcher: fetcher;
  };
  nixosTests = { };
  nixosOptionsDoc = _: {
    optionsCommonMark = package "options";
    optionsJSON = package "options";
    optionsNix = { };
  };
}
