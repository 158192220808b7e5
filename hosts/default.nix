# Every variant, one row each; the row's name is its folder here and its name in nixosConfigurations.
#   system       platform that it runs on
#   artefact     attribute of config.system.build that `nix build .#<name>` gives
#   cross        true: `<name>-cross` is offered too, compiled on x86_64 (headless systems only)
#   modules      modules from other inputs that only this variant needs
#   specialArgs  for such modules, when they need any
{ inputs, lib }:
{
}
