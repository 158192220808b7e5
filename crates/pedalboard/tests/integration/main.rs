//! The crate as a whole: bundles in memory and on the disk.

#![allow(clippy::unwrap_used)]

mod boards;
mod portable;
mod power_cuts;
mod random;
