//! What was begun and what was done, on the disk, so that a power cut costs nothing but time.

mod undo;

pub use undo::{Before, Undo};

use crate::machine::{Access, Machine};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Begun: anything between nothing and all of it may have happened.
    Begun,
    /// All of it happened.
    Done,
    /// It was taken back on request, and is left alone until something else is wanted.
    Undone,
}

/// One step's memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How far it came.
    pub state: State,
    /// What it was to bring about. No secrets: of those at most 16 bits, enough to notice that one was changed.
    pub wanted: serde_json::Value,
    /// How to return to the state before the very first time.
    pub undo: Vec<Undo>,
}

impl Record {
    /// Begins a step: what would be taken back is what was there before the first time, so older entries win.
    pub fn begin(wanted: serde_json::Value, earlier: Option<&Self>, now: Vec<Undo>) -> Self {
        let mut undo = earlier.map(|record| record.undo.clone()).unwrap_or_default();
        let new: Vec<Undo> = now.into_iter().filter(|new| !undo.iter().any(|old| old.covers(new))).collect();
        undo.extend(new);
        Self { state: State::Begun, wanted, undo }
    }
}

/// The memory of all steps. Every change is on the disk before the machine is touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// By name of the step.
    pub steps: BTreeMap<String, Record>,
}

impl Journal {
    /// File of the journal in the folder of our state.
    pub fn path(state: &str) -> String {
        format!("{state}/journal.json")
    }

    /// Reads the journal; an empty one if there is none. The second value tells that there was one which cannot be read:
    /// it is kept under another name, and everything is looked at anew.
    ///
    /// # Errors
    ///
    /// The file cannot be read or moved aside.
    pub fn load(machine: &dyn Machine, state: &str) -> io::Result<(Self, bool)> {
        let path = Self::path(state);
        let Some(bytes) = machine.read(&path)? else { return Ok((Self::default(), false)) };
        match serde_json::from_slice(&bytes) {
            Ok(journal) => Ok((journal, false)),
            Err(_) => {
                machine.write(&format!("{path}.unreadable"), &bytes, Access::PRIVATE)?;
                Ok((Self::default(), true))
            }
        }
    }

    /// Writes the journal.
    ///
    /// # Errors
    ///
    /// It cannot be written; then nothing may be changed.
    pub fn save(&self, machine: &dyn Machine, state: &str) -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        machine.write(&Self::path(state), &bytes, Access::PRIVATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::RealMachine;

    #[test]
    fn the_oldest_state_is_the_one_to_return_to() {
        let line = |line: &str| Undo::Line { path: "/k".to_owned(), line: line.to_owned() };
        let path = |before| Undo::Path { path: "/p".to_owned(), before };
        let first = Record::begin("1".into(), None, vec![line("a"), path(Before::Nothing)]);
        let second =
            Record::begin("2".into(), Some(&first), vec![line("b"), path(Before::Link("x".to_owned()))]);
        assert_eq!(second.undo, [line("a"), path(Before::Nothing), line("b")]);
    }

    #[test]
    fn a_broken_journal_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        assert_eq!(Journal::load(&machine, "/state").unwrap(), (Journal::default(), false));
        machine.write("/state/journal.json", b"{\"steps\":", Access::PRIVATE).unwrap();
        assert_eq!(Journal::load(&machine, "/state").unwrap(), (Journal::default(), true));
        assert!(machine.exists("/state/journal.json.unreadable").unwrap());
    }
}
