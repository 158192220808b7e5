# Blobs by path over HTTP.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "streamdb";
  pname = "streamdb";
  description = "Asset store: blobs by path over HTTP";
}
