//! What keeps a machine from real-time audio: found, explained, mended, verified, undone, and written as NixOS options.
//!
//! `root` is the only way to the system: every read and write goes below one folder, so that a fixture is a machine.

pub mod change;
pub mod check;
pub mod cli;
pub mod doctor;
pub mod emit;
pub mod explain;
pub mod journal;
pub mod quantum;
pub mod root;
#[allow(unsafe_code)]
mod sys;
pub mod watch;
