# The overlay: every folder here with a package.nix, under the folder's name.
{ inputs, local }:
final: prev:
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = final.callPackage (./. + "/${name}/package.nix") { };
  }) (local.subdirectories ./. "package.nix")
)
