# A module of somebody's own in the place of what rt-tune emit-nix writes.
# Remedy: Put the file into imports, or take the lines out
{
  variant = "archibaldOS";
  module.archibald.tuning.emitted = builtins.toFile "tuning.nix" ''
    { lib, ... }:
    {
      config = lib.mkMerge [
        { users.users.root.initialPassword = "tuning"; }
      ];
    }
  '';
}
