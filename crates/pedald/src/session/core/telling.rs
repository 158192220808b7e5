//! Events and answers.

use super::{Core, Effect, ReplyTo, Ticket, Waiting};
use crate::session::event::{Event, EventKind};
use crate::session::intent::{Answer, Source};
use crate::session::state::{Loading, Notice, NoticeLevel};

impl Core {
    pub(super) fn emit(&mut self, source: Source, kind: EventKind) {
        if let Err(error) = self.state.apply_kind(&kind) {
            // every change was tried on a copy before
            tracing::error!(%error, "an event does not fit the state");
            debug_assert!(false, "{error}");
            return;
        }
        self.state.revision += 1;
        self.effects.push(Effect::Emit(Event { revision: self.state.revision, source, kind }));
    }

    pub(super) fn answer(&mut self, reply: ReplyTo, answer: Answer) {
        if reply.0 != 0 {
            self.effects.push(Effect::Answer(reply, answer));
        }
    }

    pub(super) fn notice(&mut self, source: Source, level: NoticeLevel, text: String) {
        match level {
            NoticeLevel::Info => tracing::info!("{text}"),
            NoticeLevel::Warning => tracing::warn!("{text}"),
            NoticeLevel::Error => tracing::error!("{text}"),
        }
        self.emit(source, EventKind::Notice(Some(Notice { level, text })));
    }

    pub(super) fn ticket(&mut self, waiting: Waiting) -> Ticket {
        self.last_ticket += 1;
        self.waiting.insert(self.last_ticket, waiting);
        self.last_ticket
    }

    pub(super) fn set_loading(&mut self, source: Source, loading: Option<Loading>) {
        if self.state.loading != loading {
            self.emit(source, EventKind::Loading(loading));
        }
    }

    /// Tells whether there is something to save and to undo, if that has changed.
    pub(super) fn tell_history(&mut self, source: Source) {
        let unsaved = self.undo.unsaved();
        if unsaved != self.state.unsaved {
            self.emit(source, EventKind::Unsaved(unsaved));
        }
        let history = self.undo.history();
        if history != self.state.history {
            self.emit(source, EventKind::History(history));
        }
    }
}
