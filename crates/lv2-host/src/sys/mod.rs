//! Everything that talks to lilv and to plugins in C. The only unsafe code of the crate; what it exports is safe.

mod abi;
pub(crate) mod bytes;
mod cell;
mod host;
pub(crate) mod instance;
mod log;
mod mark;
mod plain_paths;
pub(crate) mod plugin;
mod ring;
mod runner;
mod sched;
pub(crate) mod state;
mod urid;
mod worker;
pub(crate) mod world;

pub use runner::{Block, Outcome, Runner};
pub use state::State;
pub use urid::Urids;
pub use worker::{Ticker, WorkerHub};
