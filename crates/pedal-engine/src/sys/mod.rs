//! The engine's only unsafe code: memory shared between the callback, its worker threads and the control side,
//! cycle counters, thread scheduling, and the JACK calls that the `jack` crate lacks.

mod buffers;
mod cell;
pub(crate) mod counter;
mod denormals;
pub(crate) mod jack;
pub(crate) mod jack_latency;
mod pool;
mod shared;
pub(crate) mod thread;

pub(crate) use buffers::{Buffers, Claim};
pub(crate) use cell::Exclusive;
pub(crate) use denormals::flush_to_zero;
pub(crate) use pool::{Lanes, Pool};
pub(crate) use shared::{Reading, Shared, Writing};
pub(crate) use thread::prepare_thread;
