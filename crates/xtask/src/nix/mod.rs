//! The Nix side of the repository: what can be checked without Nix (`ci`), and what an evaluation writes (`eval`).

mod bad_input;
mod ci;
mod dead_code;
pub(crate) mod eval;
mod fingerprint;
mod libraries;
mod lock;
mod manifests;
mod measure;
mod options;
mod seeds;
mod store_path;
pub(crate) mod tmpfiles;
mod tree;
mod units;

pub(crate) use ci::CHECKS;
