# What modules read from stdenv.
{
  lib,
  platforms,
  mkDerivation,
  mkPackage,
}:
let
  inherit (platforms) buildPlatform hostPlatform;
  package = name: mkPackage { pname = name; };
  questions = lib.genAttrs [
    "isLinux"
    "isDarwin"
    "isx86"
    "isx86_32"
    "isx86_64"
    "isi686"
    "isAarch32"
    "isAarch64"
    "is32bit"
    "is64bit"
    "isBigEndian"
    "isLittleEndian"
  ] (name: hostPlatform.${name});
  self = questions // {
    inherit mkDerivation buildPlatform hostPlatform;
    inherit (hostPlatform) system;
    inherit (package "stdenv") outPath drvPath;
    targetPlatform = hostPlatform;
    name = "stdenv";
    type = "derivation";
    outputName = "out";
    override = _: self;
    hasCC = true;
    shell = "/bin/sh";
    shellDryRun = "/bin/sh -n";
    shellPackage = package "bash";
    allowedRequisites = null;
    initialPath = [ ];
    extraNativeBuildInputs = [ ];
    libc = package "glibc";
    cc = package "gcc" // {
      cc = package "gcc-unwrapped";
      libc = package "glibc";
      targetPrefix = "";
      isGNU = true;
      isClang = false;
      bintools = package "binutils" // {
        bintools = package "binutils-unwrapped";
        coreutils_bin = package "coreutils";
        dynamicLinker = "/lib/ld.so";
        expandResponseParams = "";
        shell = "/bin/sh";
        suffixSalt = "x";
        wrapperName = "BINTOOLS_WRAPPER";
      };
    };
  };
in
self
