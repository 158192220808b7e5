//! What feet and hands do: events of the hardware become intents, the session's events become lamps.
//!
//! [`Controls`] is pure: events, state and time in, [`Act`]s out. `setup` makes a pedal of a configuration, `files` reads it
//! from the disk and keeps the last good copy. [`run`] is the task that carries things between them, the hardware, the
//! session and the screen.

mod blend;
mod bound;
mod core;
mod files;
mod midi_out;
mod panel;
mod run;
mod selftest;
mod setup;
mod tap;
#[cfg(test)]
mod tests;
mod wish;

pub use self::core::{Act, Controls, Levels};
pub use files::{Files, Stamp};
pub use midi_out::{AlsaOut, MidiOut, Order};
pub use panel::Shown;
pub use run::{Part, run};
pub use setup::{AnalogSetup, EncoderSetup, FootSetup, Messages, Setup, Wiring};
