# The overlay: every folder here with a package.nix, under the folder's name.
{ local }:
final: _:
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = final.callPackage (./. + "/${name}/package.nix") { };
  }) (local.subdirectories ./. "package.nix")
)
