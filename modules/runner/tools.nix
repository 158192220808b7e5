# What jobs and people find on the machine.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.runner;
in
{
  options.archibald.runner.tools = lib.mkOption {
    type = lib.types.listOf lib.types.package;
    default = [
      pkgs.probe-rs-tools
      pkgs.espflash
      pkgs.cargo
      pkgs.rustc
      pkgs.gcc # the linker of host-side tests
      pkgs.git
      pkgs.nano
    ];
    defaultText = lib.literalExpression "with pkgs; [ probe-rs-tools espflash cargo rustc gcc git nano ]";
    example = lib.literalExpression "[ pkgs.probe-rs-tools pkgs.git ]";
    description = "Packages for the shell and for jobs. The Rust compiler is the largest, about 1 GB of the card.";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = cfg.tools;
  };
}
