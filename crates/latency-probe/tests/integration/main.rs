//! The program against real servers and a real command line.
#![allow(clippy::unwrap_used)]

mod cli;
mod jack;
mod support;
