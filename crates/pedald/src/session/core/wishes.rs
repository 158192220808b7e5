//! Wishes that wait: for the board on its way, as many as fit, and not for an engine that hangs.

use super::intents::touched;
use super::{Core, Deferred, ReplyTo};
use crate::session::error::SessionError;
use crate::session::intent::{Intent, Source};

/// Most wishes that wait.
pub(super) const WISHES: usize = 256;

/// Most memory that they may take, in bytes.
pub(super) const BYTES: usize = 1 << 20;

impl Core {
    /// Lets a wish wait for the board on its way, or turns it away.
    pub(super) fn defer(&mut self, source: Source, intent: Intent, reply: ReplyTo) {
        let behind = self.next_load.is_some();
        let nobody = reply.0 == 0;
        // a foot that stays on its pedal shall not take the place of everybody else
        let same = |last: &&mut Deferred| {
            nobody && last.reply.0 == 0 && (last.source, last.behind) == (source, behind)
        };
        if let Some(last) = self.deferred.last_mut().filter(same)
            && intent.replaces(&last.intent)
        {
            last.intent = intent;
            return;
        }
        let bytes: usize = self.deferred.iter().map(|deferred| deferred.intent.weight()).sum();
        if self.deferred.len() >= WISHES || bytes + intent.weight() > BYTES {
            let error = SessionError::TooMany(self.deferred.len());
            return self.turn_away(source, &intent, reply, error);
        }
        self.deferred.push(Deferred { source, intent, reply, behind });
    }

    /// Answers a wish that is not done.
    pub(super) fn turn_away(&mut self, source: Source, intent: &Intent, reply: ReplyTo, error: SessionError) {
        if reply.0 == 0 {
            self.refused(source, touched(intent), &error);
        } else {
            self.answer(reply, Err(error));
        }
    }

    /// Turns away everything that waits, the board that was asked for next too. Answers how many wishes that were.
    pub(super) fn turn_all_away(&mut self, error: &SessionError) -> usize {
        let next = self.next_load.take();
        let waiting = std::mem::take(&mut self.deferred);
        let count = waiting.len() + usize::from(next.is_some());
        for Deferred { source, intent, reply, .. } in waiting {
            self.turn_away(source, &intent, reply, error.clone());
        }
        if let Some((.., reply)) = next {
            self.answer(reply, Err(error.clone()));
        }
        count
    }
}
