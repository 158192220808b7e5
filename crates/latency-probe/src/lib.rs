//! Measures what a musician feels and hears: the audio round trip, the wake-up latency of the scheduler, and xruns.
//!
//! The pure part — test signal ([`excitation`]), estimator ([`estimate`]) and simulator ([`channel`]) — knows no clock, no
//! thread and no file. Adapters connect it to JACK ([`jackio`]), to the scheduler and to the history.

pub mod channel;
pub mod cli;
pub mod estimate;
pub mod excitation;
pub mod floor;
pub mod history;
pub mod jackio;
pub mod mtdm;
pub mod report;
pub mod result;
pub mod rng;
pub mod roundtrip;
pub mod sched;
pub mod soak;
mod spectrum;
pub mod stats;
pub mod stop;
#[allow(unsafe_code)]
mod sys;
pub mod text;
mod whiten;
