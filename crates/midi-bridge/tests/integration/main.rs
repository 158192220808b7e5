//! The program against pseudo terminals, UDP sockets and a real JACK server. Tests with a server have `jack` in their
//! module's name: the runner does not run two of those at a time.
#![allow(clippy::unwrap_used)]

mod cli;
mod jack_osc;
mod jack_router;
mod jack_serial;
mod sequencer;
mod support;
