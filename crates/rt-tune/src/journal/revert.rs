//! Undoing: in reverse order, byte for byte, and never over a value that somebody else set since.

use super::Open;
use super::store::{Journal, JournalError};
use crate::change::{Machine, Place};
use serde::Serialize;
use std::io;

/// How one place ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The old value is back, byte for byte.
    Restored,
    /// It had the old value already.
    AsBefore,
    /// The place does not exist any more: a device was unplugged, a thread or the server ended.
    Gone,
    /// The change was made in an earlier boot, which ended it; nothing was written.
    EndedByReboot,
    /// Somebody else set another value since; it was left, and stays in the journal.
    ChangedByOthers {
        /// What is there now.
        now: String,
    },
    /// It could not be undone; it stays in the journal.
    Failed {
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// Whether the place stays in the journal.
    pub fn is_left(&self) -> bool {
        matches!(self, Self::ChangedByOthers { .. } | Self::Failed { .. })
    }
}

/// A place that was to be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// The fix.
    pub fix: String,
    /// Where.
    pub place: Place,
    /// The value that was to come back, as people want to see it.
    pub value: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Undoes what belongs to the named fixes, all for an empty list. With `force` also what others changed since.
///
/// # Errors
/// [`JournalError`] only: what a place refuses is an outcome.
pub fn revert(
    machine: &dyn Machine,
    journal: &mut Journal,
    fixes: &[String],
    force: bool,
) -> Result<Vec<Undone>, JournalError> {
    let boot = machine.boot_id();
    let mut results = Vec::new();
    for open in journal.open_places().into_iter().rev() {
        if !fixes.is_empty() && !fixes.iter().any(|fix| open.belongs_to(fix)) {
            continue;
        }
        let outcome = undo(machine, &open, &boot, force);
        if !outcome.is_left() {
            journal.undone(&open)?;
        }
        let entry = open.first;
        let value = entry.place.show(entry.before.as_deref());
        results.push(Undone { fix: entry.fix, place: entry.place, value, outcome });
    }
    Ok(results)
}

/// Closes the entries of places that do not exist any more, so that a service that runs for weeks keeps a short journal.
///
/// # Errors
/// [`JournalError`] only.
pub fn settle_gone(machine: &dyn Machine, journal: &mut Journal) -> Result<(), JournalError> {
    let boot = machine.boot_id();
    for open in journal.open_places() {
        let place = &open.first.place;
        let gone = (open.first.boot != boot && place.is_volatile())
            || place.read(machine).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if gone {
            journal.undone(&open)?;
        }
    }
    Ok(())
}

fn undo(machine: &dyn Machine, open: &Open, boot: &str, force: bool) -> Outcome {
    let Open { first, written, .. } = open;
    let place = &first.place;
    if first.boot != boot && place.is_volatile() {
        return Outcome::EndedByReboot;
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Outcome::Gone,
        _ => Outcome::Failed { why: error.to_string() },
    };
    let now = match place.read(machine) {
        Ok(now) => now,
        Err(error) => return failed(error),
    };
    if now == first.before {
        return Outcome::AsBefore;
    }
    let ours = written.iter().any(|value| place.same(now.as_deref(), value.as_deref()))
        // A document is compared byte for byte, as it was written.
        || written.contains(&now);
    if !ours && !force {
        return Outcome::ChangedByOthers { now: place.show(now.as_deref()) };
    }
    if let Err(error) = place.write(machine, first.before.as_deref()) {
        return failed(error);
    }
    match place.read(machine) {
        Ok(now) if now == first.before => Outcome::Restored,
        Ok(now) => {
            Outcome::Failed { why: format!("the system keeps {} instead", place.show(now.as_deref())) }
        }
        Err(error) => failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;
    use crate::journal::Entry;

    #[test]
    fn after_a_reboot_a_file_comes_back_and_a_value_of_the_kernel_is_left() {
        let machine = Simulated::default()
            .file("/proc/sys/kernel/random/boot_id", "second\n")
            .file("/proc/sys/vm/swappiness", "35\n")
            .file("/home/ann/.jackdrc", "jackd -d alsa -p 64\n");
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let document = Place::Document { path: "/home/ann/.jackdrc".into() };
        let swappiness = Place::text("/proc/sys/vm/swappiness");
        for (place, before, after) in
            [(document, "jackd -d alsa -p 256\n", "jackd -d alsa -p 64\n"), (swappiness, "60\n", "10")]
        {
            let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
            let (fix, boot) = ("quantum".to_owned(), "first".to_owned());
            journal.intend(Entry { number: 0, fix, place, before, after, boot }).unwrap();
        }
        let undone = revert(&machine, &mut journal, &[], false).unwrap();
        let outcomes: Vec<&Outcome> = undone.iter().map(|undone| &undone.outcome).collect();
        assert_eq!(outcomes, [&Outcome::EndedByReboot, &Outcome::Restored]);
        assert_eq!(machine.text("/home/ann/.jackdrc"), "jackd -d alsa -p 256\n");
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "35\n");
        assert!(journal.open_places().is_empty());
    }
}
