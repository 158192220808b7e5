//! The steps that can be taken back.

use std::time::Duration;

use super::board::ControlPort;
use super::change::Change;
use super::state::History;

/// Most steps that are kept.
const DEPTH: usize = 200;

/// Turns of one control within this time are one step.
const TOGETHER: Duration = Duration::from_millis(1000);

/// One step.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) label: String,
    /// What takes it back, in the order in which it is to be applied.
    pub(super) back: Vec<Change>,
    /// Whether it changes what is saved.
    pub(super) edit: bool,
    /// The control that was turned, when it is only that.
    pub(super) turned: Option<ControlPort>,
    pub(super) at: Duration,
}

/// Steps back and forth, and where the saved board stands among them.
#[derive(Debug, Default)]
pub(super) struct Undo {
    back: Vec<Entry>,
    forth: Vec<Entry>,
    next: u64,
    /// The last edit in the saved board; 0 for none.
    saved: u64,
    /// The last edit that fell out of the list's far end.
    forgotten: u64,
}

impl Undo {
    /// A new step was made. Those that could be redone are gone.
    pub(super) fn push(&mut self, mut entry: Entry) -> u64 {
        if let Some(last) = self.back.last_mut()
            && entry.turned.is_some()
            && last.turned == entry.turned
            && self.forth.is_empty()
            && last.id != self.saved
            && entry.at.saturating_sub(last.at) < TOGETHER
        {
            last.at = entry.at;
            return last.id;
        }
        self.forth.clear();
        self.next += 1;
        entry.id = self.next;
        self.back.push(entry);
        if self.back.len() > DEPTH {
            let gone = self.back.remove(0);
            if gone.edit {
                self.forgotten = gone.id;
            }
        }
        self.next
    }

    /// The step that an undo takes back.
    pub(super) fn pop_back(&mut self) -> Option<Entry> {
        self.back.pop()
    }

    /// The step that a redo makes again.
    pub(super) fn pop_forth(&mut self) -> Option<Entry> {
        self.forth.pop()
    }

    /// A step was taken back; `entry` makes it again.
    pub(super) fn undone(&mut self, entry: Entry) {
        self.forth.push(entry);
    }

    /// A step was made again; `entry` takes it back.
    pub(super) fn redone(&mut self, entry: Entry) {
        self.back.push(entry);
    }

    /// A step did not come about after all.
    pub(super) fn forget(&mut self, id: u64) {
        self.back.retain(|entry| entry.id != id);
        self.forth.retain(|entry| entry.id != id);
    }

    /// Stands for the board as it is now.
    pub(super) fn mark(&self) -> u64 {
        self.content()
    }

    /// The board as it was at `mark` is on the disk.
    pub(super) fn saved_at(&mut self, mark: u64) {
        self.saved = mark;
    }

    /// The board as it is now is not on the disk, whatever is taken back.
    pub(super) fn never_saved(&mut self) {
        self.saved = u64::MAX;
    }

    /// Another board.
    pub(super) fn clear(&mut self) {
        self.back.clear();
        self.forth.clear();
        self.forgotten = 0;
        self.saved = 0;
    }

    /// Whether the board differs from the saved one by edits.
    pub(super) fn unsaved(&self) -> bool {
        self.content() != self.saved
    }

    fn content(&self) -> u64 {
        self.back.iter().rev().find(|entry| entry.edit).map_or(self.forgotten, |entry| entry.id)
    }

    pub(super) fn history(&self) -> History {
        History {
            undo: self.back.last().map(|entry| entry.label.clone()),
            redo: self.forth.last().map(|entry| entry.label.clone()),
            depth: self.back.len(),
        }
    }
}
