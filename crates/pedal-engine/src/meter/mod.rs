//! Measuring: time per plugin, and loudness of whole takes.
//!
//! The real-time side reads a [`Counter`] before and after each plugin and [`records`](Histogram::record) the
//! difference; every other side reads [`Snapshot`]s.

mod counter;
mod histogram;
mod loudness;

pub use counter::Counter;
pub use histogram::{Histogram, Snapshot, Summary};
pub use loudness::{Loudness, LoudnessError};
