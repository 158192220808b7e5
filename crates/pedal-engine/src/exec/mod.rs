//! What runs in the callback: the executable plan, its nodes and cables, and the engine around them.

mod edge;
mod engine;
pub(crate) mod kernel;
mod limiter;
mod message;
mod midi_clock;
mod midi_map;
mod node;
mod plan;
mod transport;

pub use edge::{Aim, EdgeCell, EdgeShape, EdgeState, TailRule};
pub use engine::{Engine, EngineSettings, Handle, NotTaken};
pub use kernel::Ramp;
pub use limiter::Limiter;
pub use message::{Command, ParamWrite, Report, Retired, Shared as EngineShared};
pub use midi_map::{Curve, CvMapping, MAX_MAPPINGS, MidiMap, MidiMapping, PITCH_BEND, Target, value_for};
pub use node::{NodeCell, NodeTimes, TOO_LOUD, fault};
pub use plan::{ExecPlan, PlanInput, PlanOutput, PlanParts, Policy};
pub use transport::Transport;
