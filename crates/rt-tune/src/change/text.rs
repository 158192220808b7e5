//! Plans and results for people.

use super::apply::{Applied, Outcome};
use super::plan::{Plan, State};
use super::rules;
use crate::journal::{Outcome as Undoing, Undone};
use std::fmt::Write;

/// A plan: every write exactly, with its reason and its cost.
pub fn plan_text(plan: &Plan) -> String {
    let mut out = String::new();
    for fix in &plan.fixes {
        let state = match &fix.state {
            State::ToDo => "to do".to_owned(),
            State::Good => "good already".to_owned(),
            State::NotApplicable { why } => format!("not applicable: {why}"),
            State::Unknown { why } => format!("unknown: {why}"),
            State::OnlyWhenNamed { why } => format!("only when named: {why}"),
        };
        let _ = writeln!(out, "{:18} {state}", fix.fix);
        if let Some(known) = rules::find(fix.fix).filter(|_| !fix.steps.is_empty()) {
            let _ = writeln!(out, "    why:  {}\n    cost: {}", known.why, known.cost);
        }
        for step in &fix.steps {
            let (before, after) =
                (step.place.show(step.before.as_deref()), step.place.show(step.after.as_deref()));
            let why = if step.why.is_empty() { String::new() } else { format!("   ({})", step.why) };
            let _ = writeln!(out, "    {}: {before} -> {after}{why}", step.place);
        }
        for note in &fix.notes {
            let _ = writeln!(out, "    note: {note}");
        }
    }
    let _ = match plan.steps() {
        0 => writeln!(out, "Nothing to write."),
        1 => writeln!(out, "1 write."),
        n => writeln!(out, "{n} writes."),
    };
    out
}

/// What became of a plan.
pub fn applied_text(results: &[Applied]) -> String {
    let mut out = String::new();
    for result in results {
        let said = match &result.outcome {
            Outcome::Done => "done".to_owned(),
            Outcome::AlreadySo => "already so".to_owned(),
            Outcome::Gone => "gone".to_owned(),
            Outcome::NotAllowed { why } => format!("left: {why}"),
            Outcome::Failed { why } => format!("FAILED: {why}"),
        };
        let _ = writeln!(out, "{:18} {} = {}: {said}", result.fix, result.place, result.value);
    }
    out
}

/// What became of an undoing.
pub fn undone_text(results: &[Undone]) -> String {
    let mut out = String::new();
    for result in results {
        let said = match &result.outcome {
            Undoing::Restored => "restored".to_owned(),
            Undoing::AsBefore => "was so already".to_owned(),
            Undoing::Gone => "gone".to_owned(),
            Undoing::EndedByReboot => "ended by the reboot, nothing to write".to_owned(),
            Undoing::ChangedByOthers { now } => {
                format!("LEFT: somebody else made it {now} since (--force restores it)")
            }
            Undoing::Failed { why } => format!("FAILED: {why}"),
        };
        let _ = writeln!(out, "{:18} {} = {}: {said}", result.fix, result.place, result.value);
    }
    if results.is_empty() {
        out.push_str("Nothing is changed that could be undone.\n");
    }
    out
}
