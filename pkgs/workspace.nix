# What every build of the Cargo workspace shares: its sources, version and C libraries. A plain attribute set, so that
# rustPlatform and crane (which checks use for clippy, tests and docs) start from the same place.
{
  lib,
  alsa-lib,
  lilv,
  pkg-config,
}:
let
  root = ../.;
  manifest = lib.importTOML (root + "/Cargo.toml");
in
{
  inherit (manifest.workspace.package) version;
  # Nothing but what cargo reads: a changed page of docs/ compiles no crate again.
  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions [
      (root + "/Cargo.lock")
      (lib.fileset.maybeMissing (root + "/boards")) # the tests play them
      (root + "/Cargo.toml")
      (root + "/clippy.toml")
      (root + "/crates")
      (root + "/rustfmt.toml")
      (lib.fileset.maybeMissing (root + "/deny.toml"))
    ];
  };
  strictDeps = true;
  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    alsa-lib
    lilv
  ];
}
