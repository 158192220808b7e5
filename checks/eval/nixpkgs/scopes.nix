# callPackage, and package sets within the package set.
{
  lib,
  names,
  pkgs,
  mkPackage,
}:
let
  # Through an attribute set: lib.unique compares each name with each other.
  everyName = builtins.attrNames (
    lib.genAttrs (names.top ++ lib.concatLists (builtins.attrValues names.sub)) (_: null)
  );

  callPackageWith =
    automatic: file: given:
    let
      function = if lib.isFunction file then file else import file;
      wanted = lib.functionArgs function;
      found = builtins.intersectAttrs wanted automatic;
      missing = lib.filter (name: !wanted.${name} && !found ? ${name} && !given ? ${name}) (
        builtins.attrNames wanted
      );
      result = function (found // given);
    in
    if missing != [ ] then
      throw "callPackage: nixpkgs has no ${lib.concatStringsSep ", " missing} (asked for by ${toString file})"
    else if builtins.isAttrs result then
      result
      // {
        override =
          new:
          callPackageWith automatic file (
            given // (if lib.isFunction new then new (found // given) else new)
          );
        overrideDerivation = result.overrideAttrs or (_: result);
      }
    else
      result;

  functions = scope: {
    callPackage = callPackageWith (pkgs // scope);
    callPackages = callPackageWith (pkgs // scope);
    newScope = extra: callPackageWith (pkgs // scope // extra);
    overrideScope = _: scope;
    overrideScope' = _: scope;
    extend = _: scope;
    override = _: scope;
    recurseForDerivations = true;
    packages = _: { };
  };

  # A set whose members nobody listed: any name that occurs anywhere in nixpkgs is in it.
  anyScope = lib.genAttrs everyName (name: mkPackage { pname = name; }) // functions anyScope;

  # A set with the members that modules name, such as pkgs.xorg.
  namedScope =
    prefix:
    let
      scope =
        lib.genAttrs (names.sub.${prefix} or [ ]) (name: mkPackage { pname = name; }) // functions scope;
    in
    scope;
in
{
  inherit
    anyScope
    callPackageWith
    everyName
    functions
    namedScope
    ;
}
