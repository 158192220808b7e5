//! The program against real servers, the real scheduler and a real command line. What needs the machine for itself has
//! `jack` in its name or module: the runner does not run two of those at a time.
#![allow(clippy::unwrap_used)]

mod cli;
mod jack;
mod realtime;
mod report;
mod sched;
mod soak;
mod support;
