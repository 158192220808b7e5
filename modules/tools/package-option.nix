# Not a module: the package option that all tools share, and the assertion that goes with it.
{ lib, pkgs }:
{
  option =
    attribute: program:
    lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.${attribute} or null;
      defaultText = lib.literalExpression "pkgs.${attribute}, or null while this flake has none";
      description = "Package with `bin/${program}`.";
    };

  assertion = option: package: {
    assertion = package != null;
    message = ''
      ${option}.enable is on, but ${option}.package is null: this revision of the flake has no such program yet. Set
      the package to one of your own, or turn the option off.
    '';
  };
}
