//! What would be written, found by reading alone.

use super::machine::Machine;
use super::place::Place;
use super::rules::{FIXES, Fix, Wishes};
use serde::Serialize;

/// What is known of a fix on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// There is something to write.
    ToDo,
    /// Everything is as it should be.
    Good,
    /// The machine has no such thing.
    NotApplicable {
        /// Why.
        why: String,
    },
    /// It could not be found out, or cannot be changed while the machine runs.
    Unknown {
        /// Why.
        why: String,
    },
    /// It is unsafe or costly, and was not named.
    OnlyWhenNamed {
        /// What it costs.
        why: String,
    },
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Where.
    pub place: Place,
    /// What is there, as it was read.
    pub before: Option<String>,
    /// What will be written.
    pub after: Option<String>,
    /// Why this place, where the fix alone does not say it.
    pub why: String,
    /// Whether the system may refuse without anything being wrong: the kernel manages some interrupts itself.
    pub may_be_refused: bool,
}

/// What a fix would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixPlan {
    /// Its name.
    pub fix: &'static str,
    /// What is known of it.
    #[serde(flatten)]
    pub state: State,
    /// Its writes, in order.
    pub steps: Vec<Step>,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// What all fixes would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order in which they are done.
    pub fixes: Vec<FixPlan>,
}

impl Plan {
    /// Number of writes.
    pub fn steps(&self) -> usize {
        self.fixes.iter().map(|fix| fix.steps.len()).sum()
    }
}

/// A name that no fix has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fix named {name}; there are: {known}")]
pub struct PlanError {
    /// What was asked for.
    pub name: String,
    /// All names.
    pub known: String,
}

/// Plans the named fixes; for an empty list all that need not be named.
///
/// # Errors
/// [`PlanError`] for a name that does not exist. A machine that refuses to tell something is part of the plan.
pub fn plan(machine: &dyn Machine, names: &[String], wishes: &Wishes) -> Result<Plan, PlanError> {
    if let Some(name) = names.iter().find(|name| !FIXES.iter().any(|fix| fix.id == **name)) {
        let known = FIXES.iter().map(|fix| fix.id).collect::<Vec<_>>().join(", ");
        return Err(PlanError { name: name.clone(), known });
    }
    let wanted = |fix: &&Fix| names.is_empty() || names.iter().any(|name| name == fix.id);
    let fixes = FIXES.iter().filter(wanted).map(|fix| plan_one(machine, fix, !names.is_empty(), wishes));
    Ok(Plan { fixes: fixes.collect() })
}

fn plan_one(machine: &dyn Machine, fix: &Fix, named: bool, wishes: &Wishes) -> FixPlan {
    let nothing = |state, notes| FixPlan { fix: fix.id, state, steps: Vec::new(), notes };
    if let Some(why) = fix.only_when_named.filter(|_| !named) {
        return nothing(State::OnlyWhenNamed { why: why.to_owned() }, Vec::new());
    }
    let proposal = (fix.propose)(machine, wishes);
    if let Some(why) = proposal.not_applicable {
        return nothing(State::NotApplicable { why }, proposal.notes);
    }
    let mut notes = proposal.notes;
    let (mut steps, mut unreadable) = (Vec::new(), 0);
    for wanted in proposal.wanted {
        match wanted.place.read(machine) {
            Ok(before) if wanted.place.same(before.as_deref(), wanted.value.as_deref()) => {}
            Ok(before) => steps.push(Step {
                place: wanted.place,
                before,
                after: wanted.value,
                why: wanted.why,
                may_be_refused: wanted.may_be_refused,
            }),
            Err(error) => {
                unreadable += 1;
                notes.push(format!("{} cannot be read: {error}", wanted.place));
            }
        }
    }
    let state = if !steps.is_empty() {
        State::ToDo
    } else if unreadable > 0 || proposal.unknown.is_some() {
        let why = proposal.unknown.unwrap_or_else(|| "nothing of it can be read".into());
        State::Unknown { why }
    } else {
        State::Good
    };
    FixPlan { fix: fix.id, state, steps, notes }
}
