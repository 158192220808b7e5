//! A host for LV2 plugins over lilv: discovery and descriptions, instances, worker, state, presets, patch messages,
//! options. It knows nothing about JACK or graphs.

pub mod atom;
mod control;
mod error;
mod info;
mod known;
mod log;
pub mod patch;
mod port;
mod read;
mod save;
mod settings;
#[allow(unsafe_code)]
mod sys;
pub mod uris;
mod world;

pub use control::Control;
pub use error::{InstantiateError, StateError, ValueError, WorldError};
pub use info::{Flags, Parameter, PluginInfo, PresetInfo};
pub use known::Known;
pub use log::{LogEntry, LogLevel};
pub use port::{AtomSupport, Designation, PortInfo, PortKind, PortProperties, ScalePoint, Unit};
pub use settings::{BlockLength, HostSettings, ThreadSchedule};
pub use sys::{Block, Outcome, Runner, State, Ticker, Urids, WorkerHub};
pub use world::World;
