# One binary of the Cargo workspace. Builds with crane when it is handed in (the flake does, with the toolchain of
# rust-toolchain.toml), else with nixpkgs' own rustPlatform, so that the overlay needs no further input. Tests do not run
# here: they want plugins and a JACK server, and are checks of their own.
{
  callPackage,
  lib,
  libjack2,
  patchelf,
  rustPlatform,
  # From the package.nix of each binary:
  crate, # folder below crates/
  pname, # the binary's name
  description,
  usesJack ? false,
  craneLib ? null,
  cargoArtifacts ? null,
}:
let
  workspace = callPackage ./workspace.nix { };

  common = {
    inherit pname;
    inherit (workspace)
      version
      src
      strictDeps
      buildInputs
      ;
    nativeBuildInputs = workspace.nativeBuildInputs ++ lib.optional usesJack patchelf;
    doCheck = false;

    # libjack is opened by name when the program starts. DT_RUNPATH, which patchelf writes, comes after LD_LIBRARY_PATH:
    # where PipeWire puts its own libjack there, the program talks to PipeWire. It is written after fixup, which would
    # shrink an entry that no needed library explains.
    postFixup = lib.optionalString usesJack ''
      patchelf --add-rpath ${lib.makeLibraryPath [ libjack2 ]} $out/bin/${pname}
    '';

    meta = {
      inherit description;
      license = lib.licenses.mit;
      mainProgram = pname;
      platforms = [
        "x86_64-linux"
        "aarch64-linux"
      ];
    };
  };

  flags = "--package ${crate} --bin ${pname}";
in
if craneLib != null then
  craneLib.buildPackage (
    common
    // {
      cargoExtraArgs = "--locked ${flags}";
    }
    // lib.optionalAttrs (cargoArtifacts != null) { inherit cargoArtifacts; }
  )
else
  rustPlatform.buildRustPackage (
    common
    // {
      cargoLock.lockFile = ../Cargo.lock;
      cargoBuildFlags = lib.splitString " " flags;
    }
  )
