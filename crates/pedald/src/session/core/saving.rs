//! What is written: boards, snapshots, automatic versions, which board is to come up next time.

use std::path::PathBuf;
use std::time::Duration;

use mod_protocol::Command;

use super::slots::PRELOAD_WAIT;
use super::{Core, Effect, ReplyTo, Waiting};
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::store::DiskJob;

/// How long after an edit the board is written for the case of a power cut.
pub(super) const AUTOSAVE: Duration = Duration::from_secs(2);

impl Core {
    pub(super) fn save_board(
        &mut self,
        title: Option<String>,
        as_new: bool,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let board = self.state.board.clone();
        let title =
            title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| board.shown_title().to_owned());
        let (mark, generation) = (self.undo.mark(), self.generation);
        let ticket = self.ticket(Waiting::Save { title: title.clone(), mark, generation, reply });
        self.effects.push(Effect::Disk(ticket, DiskJob::Save { board, title, as_new }));
        None
    }

    pub(super) fn saved(
        &mut self,
        bundle: PathBuf,
        title: String,
        mark: u64,
        generation: u64,
        reply: ReplyTo,
    ) {
        if generation == self.generation {
            self.emit(Source::Session, EventKind::Saved { bundle: bundle.clone(), title: title.clone() });
            self.undo.saved_at(mark);
            self.loaded = self.state.board.clone();
            self.autosave_at = None;
            self.tell_history(Source::Session);
            self.remember();
        }
        let stores = generation == self.generation && self.reachable().is_ok();
        if let Some(number) = self.slots.holding(&bundle) {
            self.unload(number);
            self.slots.at = Some(self.now + PRELOAD_WAIT);
        }
        self.rescan();
        if !stores {
            return self.answer(reply, Ok(Done::Saved { bundle, title }));
        }
        // whoever packs or copies the board next has to find all of it
        let directory = bundle.display().to_string();
        let ticket = self.ticket(Waiting::StateSave { bundle, title, reply });
        self.effects.push(Effect::Command(ticket, Command::StateSave { directory }));
    }

    fn rescan(&mut self) {
        let ticket = self.ticket(Waiting::Disk { what: "read the boards", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Scan));
    }

    /// Snapshots are on the disk as soon as they are made, as in mod-ui.
    pub(super) fn write_snapshots(&mut self) {
        if self.state.board.bundle.is_some() {
            let board = self.state.board.clone();
            let ticket = self.ticket(Waiting::Disk { what: "write the snapshots", reply: ReplyTo(0) });
            self.effects.push(Effect::Disk(ticket, DiskJob::SaveSnapshots { board }));
        }
    }

    pub(super) fn autosave(&mut self) {
        self.autosave_at = None;
        if self.state.unsaved {
            let board = self.state.board.clone();
            let ticket =
                self.ticket(Waiting::Disk { what: "write the automatic version", reply: ReplyTo(0) });
            self.effects.push(Effect::Disk(ticket, DiskJob::Autosave { board }));
        }
    }

    /// Writes edits now that would be written in a moment: the board goes.
    pub(super) fn keep_unsaved(&mut self) {
        if self.autosave_at.is_some() {
            self.autosave();
        }
    }

    pub(super) fn remember(&mut self) {
        let (bundle, bank) = (self.state.board.bundle.clone(), self.state.library.bank);
        let ticket = self.ticket(Waiting::Disk { what: "remember the board", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Remember { bundle, bank }));
    }
}
