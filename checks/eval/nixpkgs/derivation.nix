# stdenv.mkDerivation with nothing behind it: the attributes become a derivation (so that its path depends on them), and
# the usual functions around it are there.
{ lib, platforms }:
let
  inherit (platforms.buildPlatform) system;

  # What the real mkDerivation keeps away from the builder.
  notForTheBuilder = [
    "passthru"
    "meta"
    "env"
    "pos"
    "stdenv"
    "depsBuildBuild"
    "checkInputs"
    "nativeCheckInputs"
    "installCheckInputs"
    "outputChecks"
    "sandboxProfile"
    "propagatedSandboxProfile"
    "requiredSystemFeatures"
  ];

  toEnvironment =
    value:
    if builtins.isAttrs value && !(value ? outPath) && !(value ? __toString) then
      builtins.toJSON value
    else if builtins.isFunction value then
      "<function>"
    else
      value;

  fromFunction =
    attributesOf:
    let
      attributes = attributesOf (attributes // { finalPackage = self; });
      name = lib.strings.sanitizeDerivationName (
        attributes.name or "${attributes.pname}-${attributes.version}"
      );
      given = removeAttrs attributes notForTheBuilder // (attributes.env or { });
      base = derivation (
        (if attributes.__structuredAttrs or false then given else lib.mapAttrs (_: toEnvironment) given)
        // {
          inherit name system;
          builder = attributes.builder or "/bin/bash";
          args =
            attributes.args or [
              "-e"
              ./builder.sh
            ];
        }
      );
      passthru = attributes.passthru or { };
      extra = {
        inherit name passthru system;
        pname = attributes.pname or (lib.getName name);
        version = attributes.version or (lib.getVersion name);
        meta = {
          inherit name;
          mainProgram = lib.getName name;
          available = true;
          platforms = lib.platforms.all;
          license = lib.licenses.free or { };
          outputsToInstall = [ "out" ];
        }
        // (attributes.meta or { });
        overrideAttrs =
          change:
          fromFunction (
            final:
            let
              previous = attributesOf final;
            in
            previous // lib.toExtension change final previous
          );
        override = _: self;
        overrideDerivation = _: self;
        inputDerivation = base;
      }
      // passthru;
      self = lib.extendDerivation true extra base;
    in
    self;
in
{
  mkDerivation =
    attributes: fromFunction (if lib.isFunction attributes then attributes else _: attributes);
}
