//! Settings that can be changed while the machine runs: what a fix would write, what it wrote, and where.
//!
//! [`plan`] is pure reading. [`apply`] writes what a plan says, through the journal. Every access goes through [`Machine`].

mod apply;
mod cpus;
mod devices;
mod live;
mod machine;
mod place;
mod plan;
pub mod rules;
mod schedule;
#[cfg(test)]
pub(crate) mod simulated;
mod text;
pub mod threads;

pub use apply::{Applied, Outcome, apply};
pub use cpus::CpuSet;
pub use devices::{SoundCard, SoundIrq, sound_cards, sound_irqs};
pub use live::{HOLD_COMMAND, LATENCY_DEVICE, Live, open_latency};
pub use machine::Machine;
pub use place::{Form, Place, ThreadId, chosen};
pub use plan::{FixPlan, Plan, PlanError, State, Step, plan};
pub(crate) use rules::programs::{Role, role_of};
pub use rules::{FIXES, Fix, Proposal, Wishes};
pub use schedule::{Policy, Schedule};
pub use text::{applied_text, plan_text, undone_text};
