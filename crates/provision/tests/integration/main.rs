//! The whole program against folders that stand for machines.
#![allow(clippy::unwrap_used)]

mod golden;
mod kill;
mod notation;
mod power_cut;
mod support;
