//! A pedal's switches, encoders, converters, lights, display and codec. The state machines know neither a clock nor a
//! device: they take levels, counts and a [`Moment`]; the adapters bring these from Linux or from the simulator.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod colour;
pub mod config;
pub mod input;
pub mod lcd;
pub mod light;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod model;
pub mod port;
pub mod profile;
pub mod relay;
pub mod simulate;
mod units;

pub use input::{Event, Inputs};
pub use profile::Profile;
pub use units::{Moment, Rgb};
