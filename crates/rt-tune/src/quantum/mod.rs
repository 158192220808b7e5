//! The smallest period that this machine and server keep without xruns.

pub mod server;
