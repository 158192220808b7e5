//! A host for LV2 plugins over lilv: discovery and descriptions, instances, worker, state, presets, patch messages,
//! options, log. It knows nothing about JACK or graphs.
//!
//! ```no_run
//! use std::cell::Cell;
//! use lv2_host::{HostSettings, Urids, WorkerHub, World};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let urids = Urids::new();
//! let world = World::new(urids.clone())?;
//! let settings = HostSettings::new(48_000.0, 128, urids, WorkerHub::new());
//! let amp = world.plugin("http://lv2plug.in/plugins/eg-amp").ok_or("eg-amp is not installed")?;
//! let (mut control, mut runner) = world.instantiate(&amp, &settings)?;
//! control.activate();
//!
//! // From here on the runner may go to the real-time thread.
//! let (input, output) = (vec![Cell::new(0.5); 128], vec![Cell::new(0.0); 128]);
//! let mut block = runner.block(128);
//! block.lend(1, &input);
//! block.lend(2, &output);
//! block.run();
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! | type | thread |
//! |---|---|
//! | [`World`], [`Control`], [`Saver`], [`State`] | any but the real-time one; they lock, allocate and read files |
//! | [`Runner`], [`Block`], [`atom::Sequence`] | real-time, one at a time; made and dropped elsewhere |
//! | [`Urids`], [`WorkerHub`] | any; [`Urids::known`] is real-time safe, mapping and polling are not |
//!
//! Somebody must call [`WorkerHub::poll`] every few milliseconds (or keep a [`Ticker`]), because the real-time thread
//! wakes no worker itself.
//!
//! # Why lilv-sys
//!
//! The crate `livi` polls one worker thread every 100 ms, passes no folders to `save` and `restore` and fixes the list of
//! plugins at the start; the crate `lilv` cannot unload bundles and frees states outside the world's lock. `lilv-sys` is
//! lilv's whole C interface. All unsafe code is in this crate's module `sys`. `docs/explanation/lv2-host.md` has the long
//! version, and how gate, worker and files work.

pub mod atom;
mod control;
mod error;
mod extras;
mod info;
mod known;
mod log;
pub mod patch;
mod port;
mod quirks;
mod read;
mod save;
mod saver;
mod settings;
#[allow(unsafe_code)]
mod sys;
pub mod uris;
mod world;

pub use control::Control;
pub use error::{InstantiateError, StateError, ValueError, WorldError};
pub use extras::{Extras, GuiInfo};
pub use info::{Flags, Parameter, PluginInfo, PresetInfo};
pub use known::Known;
pub use log::{LogEntry, LogLevel};
pub use port::{AtomSupport, Designation, PortInfo, PortKind, PortProperties, ScalePoint, Unit};
pub use saver::Saver;
pub use settings::{BlockLength, HostSettings, ThreadSchedule};
pub use sys::{Block, Outcome, Runner, State, Ticker, Urids, WorkerHub};
pub use world::World;
