# The Rust side: the toolchain that rust-toolchain.toml names, and crane with it.
{ inputs, pkgs }:
let
  toolchainFor = packages: packages.rust-bin.fromRustupToolchainFile ../rust-toolchain.toml;
  workspace = pkgs.callPackage ../pkgs/workspace.nix { };
  crane = (inputs.crane.mkLib pkgs).overrideToolchain toolchainFor;
  common = {
    pname = "archibald";
    inherit (workspace)
      version
      src
      strictDeps
      nativeBuildInputs
      buildInputs
      ;
  };
in
{
  inherit crane common;
  toolchain = toolchainFor pkgs;
  cargoArtifacts = crane.buildDepsOnly common;
}
