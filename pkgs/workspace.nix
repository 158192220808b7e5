# What every build of the Cargo workspace shares: its sources, version and C libraries. A plain attribute set, so that
# rustPlatform and crane (which checks use for clippy, tests and docs) start from the same place.
{
  lib,
  alsa-lib,
  libjack2,
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
      (root + "/.config") # how the tests run: those with a JACK server one at a time
      (root + "/Cargo.lock")
      (lib.fileset.maybeMissing (root + "/boards")) # the tests play them
      (root + "/Cargo.toml")
      (root + "/clippy.toml")
      # Without the checker of the page's scripts, which lies there where `cargo xtask ci` ran and git does not see it.
      (lib.fileset.difference (root + "/crates") (
        lib.fileset.maybeMissing (root + "/crates/pedald/web-tests/node_modules")
      ))
      (root + "/docs/reference/latency-probe.schema.json") # a test compares it with what is written
      (root + "/rustfmt.toml")
      (lib.fileset.maybeMissing (root + "/deny.toml"))
    ];
  };
  strictDeps = true;
  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    alsa-lib
    # Loaded when a program starts, and yet asked for by pkg-config when jack-sys is built.
    libjack2
    lilv
  ];
}
