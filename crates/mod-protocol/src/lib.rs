//! The text protocol between a pedal's control program and its plugin host: mod-host's commands, replies and
//! feedback, and the extensions of this project.
//!
//! The crate is pure: it knows neither sockets nor audio, does no input or output, and every function may be
//! called on any thread except an audio callback (they allocate). The wire format is described in
//! `docs/reference/protocol.md`.
//!
//! ```
//! use mod_protocol::{Command, Decoder, Reply};
//!
//! let mut decoder = Decoder::default();
//! decoder.extend(b"param_set 0 gain -6.0");
//! assert_eq!(decoder.next_message(), None); // the NUL has not come yet
//! decoder.extend(b"00000\0");
//! let message = decoder.next_message().expect("complete").expect("short enough");
//! let command = Command::parse(&message).expect("known");
//! assert_eq!(command, Command::ParamSet { instance: 0, symbol: "gain".into(), value: -6.0 });
//! assert_eq!(Reply::ok().to_bytes(), b"resp 0\0");
//! ```

mod command;
mod error;
mod feedback;
mod field;
mod frame;
mod number;
mod patch;
mod queue;
mod reply;
mod token;

pub use command::{
    Command, Comparison, CvMode, FaultPolicy, Feature, ParamValue, PluginSpec, Processing, ReplyStyle,
    ScalePoint, SnapshotValue, SyncMode,
};
pub use error::{ErrorCode, ParseError, UnknownCode};
pub use feedback::{FaultKind, Feedback, FeedbackError};
pub use frame::{Decoder, MAX_MESSAGE, Oversize, encode_message};
pub use number::{c_float, leading_float, leading_int};
pub use patch::{PatchError, PatchType, PatchValue};
pub use queue::{FEEDBACK_CAPACITY, FeedbackQueue};
pub use reply::{Reply, ReplyError};
pub use token::{quote, tokenise};

/// Version of the extension commands (`x_…`) and extension feedback. It rises when one of them changes its
/// arguments or its meaning; new ones do not raise it.
pub const EXTENSION_VERSION: u32 = 1;

/// Instances that plugins may use: 0–9999, of which 9990–9999 are tools that survive `remove -1`.
pub const INSTANCES: std::ops::Range<i32> = 0..10_000;

/// First instance of the tools.
pub const FIRST_TOOL: i32 = 9990;

/// Instance that stands for the whole board: its controls are `:bpb`, `:bpm` and `:rolling`.
pub const GLOBAL_INSTANCE: i32 = 9995;

/// Controller number that stands for the pitch bend in MIDI mappings (14 bits).
pub const PITCH_BEND: i32 = 131;
