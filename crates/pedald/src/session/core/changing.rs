//! Changes of the board: tried, told, remembered for undo.

use super::saving::AUTOSAVE;
use super::{Core, Kind};
use crate::session::change::Change;
use crate::session::division::TEMPO;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::undo::Entry;

impl Core {
    /// Applies changes to the board, tells the engine and everybody; remembered for undo when `source` edits.
    pub(super) fn edit(&mut self, source: Source, label: &str, changes: Vec<Change>) -> Answer {
        self.change(source, label, changes, Kind::Edit, true).map(|_| Done::Done)
    }

    /// As [`Self::edit`]; `send` says whether the engine is told. Answers the step's number for undo.
    pub(super) fn change(
        &mut self,
        source: Source,
        label: &str,
        changes: Vec<Change>,
        kind: Kind,
        send: bool,
    ) -> Result<Option<u64>, SessionError> {
        let (changes, back) = self.tried(if send { self.with_tempo(changes) } else { changes })?;
        if changes.is_empty() {
            return Ok(None);
        }
        let turned = match &changes[..] {
            [Change::ValueSet { port, .. }] => Some(port.clone()),
            _ => None,
        };
        if send {
            self.send_changes(&changes);
        }
        self.emit(source, EventKind::Changed(changes.into()));
        let record = match kind {
            Kind::Structure => true,
            Kind::Edit | Kind::Recall => source.edits(),
            Kind::Play => false,
        };
        let id = record.then(|| {
            let edit = kind != Kind::Recall;
            self.undo.push(Entry { id: 0, label: label.to_owned(), back, edit, turned, at: self.now })
        });
        self.edited(source);
        Ok(id)
    }

    /// The changes, with the values that follow from the tempo when they concern it.
    fn with_tempo(&self, mut changes: Vec<Change>) -> Vec<Change> {
        let concerns = |change: &Change| match change {
            Change::TempoSet { .. } => true,
            Change::ValueSet { port, .. } => port.instance.is_board(),
            Change::AddressingsSet { actuator, .. } => actuator == TEMPO,
            _ => false,
        };
        if changes.iter().any(concerns) {
            let mut board = (*self.state.board).clone();
            if changes.iter().all(|change| change.apply(&mut board).is_ok()) {
                changes.extend(board.tempo_values());
            }
        }
        changes
    }

    /// The changes that make a difference, and those that take them back, in the order to apply them.
    fn tried(&self, changes: Vec<Change>) -> Result<(Vec<Change>, Vec<Change>), SessionError> {
        let mut board = (*self.state.board).clone();
        let mut kept = Vec::with_capacity(changes.len());
        let mut back = Vec::with_capacity(changes.len());
        for change in changes {
            let inverse = change.apply(&mut board)?;
            if inverse != change {
                kept.push(change);
                back.push(inverse);
            }
        }
        back.reverse();
        Ok((kept, back))
    }

    fn edited(&mut self, source: Source) {
        self.tell_history(source);
        if self.state.unsaved && self.autosave_at.is_none() {
            self.autosave_at = Some(self.now + AUTOSAVE);
        }
    }

    pub(super) fn undo(&mut self, source: Source) -> Answer {
        let entry = self.undo.pop_back().ok_or(SessionError::NothingToUndo)?;
        let forth = self.take_back(source, entry)?;
        self.undo.undone(forth);
        self.edited(source);
        Ok(Done::Done)
    }

    pub(super) fn redo(&mut self, source: Source) -> Answer {
        let entry = self.undo.pop_forth().ok_or(SessionError::NothingToRedo)?;
        let back = self.take_back(source, entry)?;
        self.undo.redone(back);
        self.edited(source);
        Ok(Done::Done)
    }

    /// Applies an entry. Answers the entry that takes that back. What no longer fits is forgotten.
    fn take_back(&mut self, source: Source, entry: Entry) -> Result<Entry, SessionError> {
        let tried = self.tried(entry.back.clone());
        let (changes, back) = tried.inspect_err(|_| self.tell_history(source))?;
        if !changes.is_empty() {
            self.send_changes(&changes);
            self.emit(source, EventKind::Changed(changes.into()));
        }
        Ok(Entry { back, turned: None, ..entry })
    }
}
