//! The program on this machine and on folders that imitate others.
#![allow(clippy::unwrap_used)]

mod apply;
mod check;
mod doctor;
mod emit;
mod kill;
mod quantum_jack;
mod support;
mod watch;
