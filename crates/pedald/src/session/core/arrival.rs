//! What became of a board that was on its way, and of what has waited for it.

use std::sync::Arc;

use mod_protocol::Reply;

use super::loading::{Load, Target};
use super::slots::PRELOAD_WAIT;
use super::{BoardRead, Core, Deferred, ReplyTo};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Done, Source};
use crate::session::state::{EngineState, NoticeLevel};

impl Core {
    /// The engine has answered to a board.
    pub(super) fn load_answered(&mut self, mut load: Load, reply: &Reply) {
        let Some(mut read) = load.read.take() else { return };
        match report(reply) {
            Ok(problems) => {
                read.problems.extend(problems);
                self.adopt(load, read);
            }
            Err(reason) => {
                if let Some(slot) = load.slot.and_then(|number| self.slots.ready.remove(&number)) {
                    // the slot is not there any more: the long way
                    tracing::warn!(reason, "a preloaded board could not be swapped in");
                    self.begin_load(Target::Bundle(slot.bundle), load.source, load.reply);
                    return;
                }
                self.load_failed(load, reason);
            }
        }
    }

    /// The old board goes on.
    pub(super) fn load_failed(&mut self, load: Load, reason: String) {
        if load.target == Target::Again {
            self.running();
        }
        self.put_back(load.source);
        let error = SessionError::Load { board: load.title, reason };
        self.slots.at = Some(self.now + PRELOAD_WAIT);
        self.notice(load.source, NoticeLevel::Error, error.to_string());
        self.answer(load.reply, Err(error));
        // an engine that came up meanwhile was waiting for it
        if self.state.engine == EngineState::Connecting && self.started && !self.load_in_engine() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
        self.go_on();
    }

    /// The engine hangs over a board: the old one is handed over when there is an engine again.
    pub(super) fn load_given_up(&mut self, load: Load, error: SessionError) {
        self.put_back(load.source);
        self.answer(load.reply, Err(error));
    }

    /// No other board comes: the one that sounds is shown.
    fn put_back(&mut self, source: Source) {
        if let Some((old, unsaved)) = self.reset_from.take() {
            // cleared for a board that did not come: the engine still plays the old one
            if unsaved {
                self.undo.never_saved();
            }
            self.loaded = old.clone();
            self.generation += 1;
            self.emit(source, EventKind::BoardLoaded(old));
            self.tell_history(source);
        }
        self.set_loading(source, None);
    }

    /// The board sounds.
    pub(super) fn adopt(&mut self, load: Load, read: BoardRead) {
        let BoardRead { board, problems } = read;
        let again = load.target == Target::Again;
        self.running();
        // a reset that came while the old board was handed over again still has the engine before it
        if !again || Arc::ptr_eq(&board, &self.state.board) {
            self.reset_from = None;
        }
        if !again {
            // an edit of the last two seconds would be lost with the board
            self.keep_unsaved();
            self.swap_slot(load.slot);
            self.learning.clear();
            self.undo.clear();
            if matches!(load.target, Target::Version(_)) {
                self.undo.never_saved();
            }
            self.loaded = board.clone();
            self.problems.clone_from(&problems);
            self.generation += 1;
            self.autosave_at = None;
            if self.state.morph.is_some() {
                self.emit(load.source, EventKind::Morph(None));
            }
            self.emit(load.source, EventKind::BoardLoaded(board.clone()));
            self.emit(load.source, EventKind::Learning(Vec::new()));
            self.tell_history(load.source);
        }
        self.set_loading(load.source, None);
        if problems.is_empty() {
            if self.state.notice.is_some() && !again {
                self.emit(load.source, EventKind::Notice(None));
            }
        } else {
            let text = format!("{}: {}", load.title, problems.join("; "));
            self.notice(load.source, NoticeLevel::Warning, text);
        }
        self.follow_outputs();
        if !again {
            self.remember();
        }
        self.answer(load.reply, Ok(Done::Board { title: board.shown_title().to_owned(), problems }));
        self.slots.at = Some(self.now + PRELOAD_WAIT);
        if !matches!(load.source, Source::Session | Source::Engine) {
            self.slots.postpone(self.now);
        }
        self.go_on();
    }

    /// The engine went while a board was on its way: the board is ours, and the engine gets it when it is back.
    pub(super) fn load_without_engine(&mut self, mut load: Load) {
        load.slot = None;
        if let Some(read) = load.read.take() {
            self.adopt(load, read);
        }
    }

    /// What has waited for the board.
    pub(super) fn go_on(&mut self) {
        if self.load_in_engine() {
            return;
        }
        // what came before the next board was asked for means this one, the rest that one
        let next = self.next_load.take();
        let all = std::mem::take(&mut self.deferred);
        let (behind, now) = all.into_iter().partition(|deferred| next.is_some() && deferred.behind);
        let now: Vec<Deferred> = now;
        for Deferred { source, intent, reply, .. } in now {
            self.take(source, intent, reply);
        }
        let behind: Vec<Deferred> = behind;
        self.deferred.extend(behind.into_iter().map(|deferred| Deferred { behind: false, ..deferred }));
        if let Some((target, source, reply)) = next {
            self.begin_load(target, source, reply);
        }
    }
}

/// What the engine says about a board: sentences about what it could not take over, or why it failed.
pub(super) fn report(reply: &Reply) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    struct Report {
        error: Option<String>,
        #[serde(default)]
        missing: Vec<String>,
        #[serde(default)]
        problems: Vec<String>,
    }
    let Reply::Text(text) = reply else { return Err(format!("the engine answers {reply:?}")) };
    let report: Report =
        serde_json::from_str(text).map_err(|error| format!("the engine's answer: {error}"))?;
    match report.error {
        Some(error) => Err(error),
        None => Ok(report.missing.into_iter().chain(report.problems).collect()),
    }
}
