# Kernels: versions of the locked nixpkgs, overridable in the ways that NixOS, musnix and nixos-hardware override them.
# The configuration symbols that somebody asked for are part of the derivation, so a manifest can show them.
{
  lib,
  platforms,
  pkgs,
  mkDerivation,
  mkPackage,
  callPackageWith,
  everyName,
}:
let
  inherit (platforms) hostPlatform;
  hasDeviceTree = hostPlatform.linux-kernel.DTB or false;

  mkKernel =
    {
      version,
      modDirVersion ? version,
      pname ? "linux",
      features ? { },
      kernelPatches ? [ ],
      structuredExtraConfig ? { },
      extraMeta ? { },
      ...
    }@arguments:
    let
      build = mkDerivation {
        inherit pname version;
        outputs = [
          "out"
          "dev"
          "modules"
        ];
        extraConfig = builtins.toJSON structuredExtraConfig;
        patches = map (patch: patch.name) kernelPatches;
      };
      yes = _: true;
      no = _: false;
      self =
        build
        // {
          inherit
            version
            modDirVersion
            kernelPatches
            structuredExtraConfig
            ;
          inherit (pkgs) stdenv;
          kernelVersion = version;
          baseVersion = version;
          features = {
            efiBootStub = true;
            ia32Emulation = true;
            needsCifsUtils = true;
            netfilterRPFilter = true;
          }
          // features;
          config = {
            isSet = yes;
            isYes = yes;
            isNo = no;
            isModule = yes;
            isEnabled = yes;
            isDisabled = no;
            getValue = _: null;
            CONFIG_MODULES = "y";
          };
          kernelOlder = lib.versionOlder version;
          kernelAtLeast = lib.versionAtLeast version;
          isOlder = lib.versionOlder version;
          isAtLeast = lib.versionAtLeast version;
          isZen = false;
          isHardened = false;
          isLibre = false;
          target = hostPlatform.linux-kernel.target or "bzImage";
          buildDTBs = hasDeviceTree;
          DTB = hasDeviceTree;
          commonMakeFlags = [ ];
          moduleMakeFlags = [ ];
          randstructSeed = "";
          configfile = build;
          configEnv = build;
          src = build;
          withRust = false;
          passthru = { };
          overrideAttrs = _: self;
          override =
            change:
            let
              previous = {
                kernelPatches = [ ];
                features = { };
              }
              // arguments;
            in
            mkKernel (arguments // (if lib.isFunction change then change previous else change));
        }
        // extraMeta;
    in
    self;

  # nixos-hardware builds its kernels through this: its own arguments, then what `argsOverride` replaces.
  buildLinux =
    arguments:
    mkKernel (
      removeAttrs arguments [
        "extraMeta"
        "argsOverride"
      ]
      // (arguments.argsOverride or { })
    );

  # Out-of-tree modules have the names of packages; these two are named only by a kernel's package set.
  moduleNames = everyName ++ [
    "zfs_2_3"
    "zfs_unstable"
  ];
  packagesFor =
    given:
    let
      kernel =
        if given ? kernelOlder then
          given
        else
          given
          //
            removeAttrs
              (mkKernel {
                version = given.version or "6.1";
                modDirVersion = given.modDirVersion or given.version or "6.1";
              })
              [
                "all"
                "dev"
                "drvAttrs"
                "drvPath"
                "meta"
                "modules"
                "name"
                "out"
                "outPath"
                "outputs"
                "override"
                "pname"
                "type"
              ];
      module =
        name:
        mkPackage { pname = "linuxPackages.${name}"; }
        // {
          meta = {
            broken = false;
            available = true;
            platforms = lib.platforms.all;
          };
        };
      set = lib.genAttrs moduleNames module // {
        inherit kernel;
        inherit (kernel)
          stdenv
          isZen
          isHardened
          isLibre
          kernelOlder
          kernelAtLeast
          ;
        recurseForDerivations = true;
        callPackage = callPackageWith (pkgs // set);
        extend =
          overlay:
          let
            extended = set // overlay extended set;
          in
          extended;
      };
    in
    set;

  # nixos-unstable of July 2026. linuxPackages_rpi* and the -rt sets are gone there, so they are not here either.
  versions = {
    "5_10" = "5.10.252";
    "5_15" = "5.15.202";
    "6_1" = "6.1.165";
    "6_6" = "6.6.128";
    "6_12" = "6.12.77";
    "6_18" = "6.18.39";
    "7_1" = "7.1.4";
    latest = "7.1.4";
    zen = "7.1.4";
  };
  kernels = lib.mapAttrs' (
    name: version:
    lib.nameValuePair "linux_${name}" (mkKernel {
      inherit version;
      pname = "linux-${name}";
    })
  ) versions;
  sets = lib.mapAttrs' (
    name: kernel:
    lib.nameValuePair "linuxPackages_${lib.removePrefix "linux_" name}" (packagesFor kernel)
  ) kernels;
in
{
  attributes =
    kernels
    // sets
    // {
      inherit mkKernel buildLinux;
      linux = kernels.linux_6_18;
      linuxPackages = sets.linuxPackages_6_18;
      linuxPackagesFor = packagesFor;
      linuxManualConfig = mkKernel;
      linuxKernel = {
        inherit kernels packagesFor;
        packages = lib.mapAttrs' (
          name: lib.nameValuePair (lib.replaceStrings [ "linuxPackages" ] [ "linux" ] name)
        ) sets;
        manualConfig = mkKernel;
        buildLinux = buildLinux;
        customPackage =
          arguments:
          packagesFor (mkKernel {
            inherit (arguments) version;
          });
      };
    };
}
