//! The smallest period that this machine and server keep without xruns, and what is done with it.
//!
//! [`search`] is pure; [`ServerRig`] runs trials on a real server. What they change goes through the journal, and a [`Guard`]
//! puts it back when this program dies.

mod config;
mod guard;
mod ladder;
mod report;
mod rig;
mod search;
pub mod server;

pub use config::{ConfigError, Target, target};
pub use guard::{GUARD_COMMAND, Guard, guard_command};
pub use ladder::{RUNGS, rungs};
pub use report::{QuantumReport, REPORT_FILE, keep, load, report_text};
pub use rig::{RigOptions, ServerRig, put_back, set_for_good};
pub use search::{Found, Rig, Rung, SearchPlan, Trial, TrialError, search};
pub use server::{Kind, Server};
