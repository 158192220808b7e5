{
  description = "This machine: ArchibaldOS with its own settings";

  # The distribution itself, as it was on the installation medium. To follow its releases instead, put its address here
  # and run `nix flake update`.
  inputs.archibald.url = "path:./archibald";

  outputs =
    { archibald, ... }:
    let
      machine =
        variant:
        archibald.nixosConfigurations.${variant}.extendModules { modules = [ ./configuration.nix ]; };
    in
    {
      nixosConfigurations = {
        archibaldOS = machine "archibaldOS";
        archibaldOS-server = machine "archibaldOS-server";
      };
    };
}
