//! The state of the pedal and its only owner.
//!
//! Everything that wants something (a footswitch, the LCD, a browser, MIDI, OSC) sends an [`Intent`]; everything that
//! shows something renders [`Event`]s. Nobody keeps a second copy that could disagree: a newcomer takes the whole
//! [`State`] and the events after it from [`SessionHandle::watch`].
//!
//! [`Core`] is pure: it takes an [`Input`] and the time, and answers with [`Effect`]s. The task behind
//! [`SessionHandle`] does what they say with the engine and the disk.

mod board;
mod change;
mod core;
mod division;
mod error;
mod event;
mod handle;
mod health;
mod intent;
mod mapping;
mod names;
mod shape;
mod spec;
mod state;
mod undo;

pub use self::core::{BoardRead, Core, Effect, Input, PRELOAD_LOAD, PRELOAD_MEMORY, ReplyTo, Ticket};
pub use board::{
    Addressing, Board, ControlPort, Endpoint, Instance, MidiBinding, Plugin, Snapshot, SnapshotPlugin, Tempo,
    Value,
};
pub use change::{Change, ChangeError};
pub use division::{TEMPO, can_follow};
pub use error::SessionError;
pub use event::{Event, EventKind, Signal, TunerReading};
pub use handle::{Seen, SessionClosed, SessionHandle, Watch};
pub use health::{Health, PluginCost};
pub use intent::{Answer, Done, Edit, Intent, Source, Step, Version};
pub use mapping::{PITCH_BEND, position_of, value_at};
pub use shape::{Bend, Press, SHAPES, Shape};
pub use spec::{Catalogue, ControlKind, ControlSpec, EmptyCatalogue, ParameterSpec, PluginSpec, PortSpec};
pub use state::{
    Bank, BoardEntry, Curve, EngineState, History, Library, Loading, Loudness, Morph, MorphStop, Notice,
    NoticeLevel, Preloaded, Recorder, State, SyncMode, Tuner,
};
