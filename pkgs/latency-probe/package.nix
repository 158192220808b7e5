# Measures round trip, scheduling and dropouts, and keeps a history of them.
{
  callPackage,
  craneLib ? null,
  cargoArtifacts ? null,
}:
callPackage ../build-crate.nix {
  inherit craneLib cargoArtifacts;
  crate = "latency-probe";
  pname = "latency-probe";
  description = "Measures audio round-trip latency, scheduling latency and xruns";
  usesJack = true;
}
