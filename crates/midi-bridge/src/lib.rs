//! MIDI beside the cable: serial sockets, OSC, a virtual thru port, merge and broadcast.
//!
//! The pure part reads and writes MIDI ([`parser`], [`queue`], [`pace`]) and knows what must be ended when a source goes
//! away ([`held`]). Adapters connect it to JACK ([`jackio`]), to a serial port ([`serial`]), to OSC ([`osc`]) and to the
//! ALSA sequencer ([`alsa_thru`]). Every thread sleeps in `poll`; nothing looks periodically.

pub mod alsa_thru;
pub mod cli;
pub mod error;
pub mod held;
pub mod jackio;
pub mod latency;
pub mod message;
pub mod osc;
pub mod pace;
pub mod parser;
pub mod queue;
pub mod ring;
pub mod serial;
#[allow(unsafe_code)]
mod sys;
pub mod wake;
