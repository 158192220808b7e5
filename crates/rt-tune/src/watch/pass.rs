//! One look at the machine: what is not as wanted is set again, through the journal.

use super::contest::Contest;
use crate::change::{Applied, FIXES, Machine, Outcome, Plan, Wishes, apply, plan};
use crate::journal::{Journal, JournalError, Undone, revert, settle_gone};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the service keeps as it should be.
#[derive(Debug, Clone, Default)]
pub struct Keep {
    /// Names of fixes; empty means all that are safe.
    pub fixes: Vec<String>,
    /// What they aim at.
    pub wishes: Wishes,
}

/// What one look did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    /// Writes that changed something, or could not be done for the first time.
    pub results: Vec<Applied>,
    /// Places that are left alone from now on, because somebody else keeps writing them.
    pub left_alone: Vec<String>,
}

/// Looks, sets and puts back; remembers what it said already.
#[derive(Debug)]
pub struct Keeper {
    keep: Keep,
    state: PathBuf,
    contest: Contest,
    told: BTreeSet<String>,
}

impl Keeper {
    /// Keeps `keep`, with a journal in the folder `state`.
    pub fn new(keep: Keep, state: &Path) -> Self {
        Self { keep, state: state.to_owned(), contest: Contest::default(), told: BTreeSet::new() }
    }

    /// Sets what is not as wanted. A look that finds everything in order only reads.
    ///
    /// # Errors
    /// [`JournalError`]; then nothing was changed.
    pub fn look(&mut self, machine: &dyn Machine, now: Duration) -> Result<Looked, JournalError> {
        let mut plan: Plan = plan(machine, &self.keep.fixes, &self.keep.wishes)
            .expect("the names were checked when the service started");
        for fix in &mut plan.fixes {
            fix.steps.retain(|step| !self.contest.rests(&step.place, now));
            // What the kernel refused once it refuses each time.
            fix.steps.retain(|step| !step.may_be_refused || !self.told.contains(&step.place.to_string()));
        }
        let mut looked = Looked::default();
        if plan.steps() == 0 {
            return Ok(looked);
        }
        let mut journal = Journal::open(&self.state)?;
        // Threads and devices that went since the last time would fill the journal.
        settle_gone(machine, &mut journal)?;
        for applied in apply(machine, &mut journal, &plan)? {
            let place = applied.place.to_string();
            match &applied.outcome {
                Outcome::AlreadySo | Outcome::Gone => {}
                Outcome::Done => {
                    if self.contest.wrote(&applied.place, now) {
                        looked.left_alone.push(place);
                    }
                    looked.results.push(applied);
                }
                Outcome::NotAllowed { .. } | Outcome::Failed { .. } => {
                    if self.told.insert(place) {
                        looked.results.push(applied);
                    }
                }
            }
        }
        Ok(looked)
    }

    /// Puts everything back that a fix changed; what `quantum` set stays.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn release(&mut self, machine: &dyn Machine) -> Result<Vec<Undone>, JournalError> {
        if Journal::read(&self.state)?.is_empty() {
            return Ok(Vec::new());
        }
        let fixes: Vec<String> = match self.keep.fixes.as_slice() {
            [] => FIXES.iter().map(|fix| fix.id.to_owned()).collect(),
            named => named.to_vec(),
        };
        let mut journal = Journal::open(&self.state)?;
        revert(machine, &mut journal, &fixes, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;

    fn machine() -> Simulated {
        Simulated::default()
            .file("/proc/sys/kernel/random/boot_id", "b\n")
            .file("/proc/sys/vm/swappiness", "60\n")
            .file("/proc/sys/vm/stat_interval", "1\n")
    }

    fn keeper(folder: &Path) -> Keeper {
        let fixes = vec!["swappiness".to_owned(), "stat-interval".to_owned()];
        Keeper::new(Keep { fixes, ..Keep::default() }, folder)
    }

    fn set(machine: &Simulated, path: &str, value: &str) {
        machine.files.borrow_mut().insert(path.into(), value.into());
    }

    #[test]
    fn what_somebody_undid_is_set_again_and_the_first_value_comes_back() {
        let (machine, folder) = (machine(), tempfile::tempdir().unwrap());
        let mut keeper = keeper(folder.path());
        assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap().results.len(), 2);
        let writes = machine.writes.get();
        assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap(), Looked::default());
        assert_eq!(machine.writes.get(), writes);
        set(&machine, "/proc/sys/vm/swappiness", "100\n");
        assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap().results.len(), 1);
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "10\n");
        assert!(keeper.release(&machine).unwrap().iter().all(|undone| !undone.outcome.is_left()));
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "60\n");
        assert_eq!(machine.text("/proc/sys/vm/stat_interval"), "1\n");
    }

    #[test]
    fn a_fight_ends_and_the_other_places_are_kept() {
        let (machine, folder) = (machine(), tempfile::tempdir().unwrap());
        let mut keeper = keeper(folder.path());
        let mut left = Vec::new();
        for round in 0..20 {
            set(&machine, "/proc/sys/vm/swappiness", "100\n");
            left.extend(keeper.look(&machine, Duration::from_secs(round)).unwrap().left_alone);
        }
        assert_eq!(left, ["/proc/sys/vm/swappiness"]);
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "100\n");
        set(&machine, "/proc/sys/vm/stat_interval", "1\n");
        assert_eq!(keeper.look(&machine, Duration::from_secs(21)).unwrap().results.len(), 1);
    }

    #[test]
    fn a_refusal_is_told_once() {
        let machine = machine().refuses("/proc/sys/vm/swappiness", libc::EBUSY);
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path());
        assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap().results.len(), 2);
        assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap().results.len(), 0);
    }

    #[test]
    fn the_journal_does_not_grow_with_threads_that_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let fixes = vec!["thread-priority".to_owned()];
        let mut keeper = Keeper::new(Keep { fixes, ..Keep::default() }, folder.path());
        for tid in 100..300 {
            let machine = Simulated::default()
                .file("/proc/sys/kernel/random/boot_id", "b\n")
                .thread(tid, tid, "jackd", "fifo 10");
            assert_eq!(keeper.look(&machine, Duration::ZERO).unwrap().results.len(), 1, "{tid}");
        }
        let records = Journal::read(folder.path()).unwrap();
        assert!(records.len() <= 4, "{}", records.len());
    }

    #[test]
    fn the_journal_does_not_grow_when_a_value_is_set_again_and_again() {
        let (machine, folder) = (machine(), tempfile::tempdir().unwrap());
        let mut keeper = keeper(folder.path());
        keeper.look(&machine, Duration::ZERO).unwrap();
        for round in 1..200 {
            set(&machine, "/proc/sys/vm/swappiness", "100\n");
            keeper.look(&machine, Duration::from_secs(round * 400)).unwrap();
        }
        let records = Journal::read(folder.path()).unwrap();
        assert!(records.len() <= 6, "{}", records.len());
        keeper.release(&machine).unwrap();
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "60\n");
    }
}
