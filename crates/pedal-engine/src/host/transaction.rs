//! Edits between `processing 0` and `processing 1` are one change of the board.

use std::time::Duration;

use mod_protocol::{ErrorCode, Processing};

use super::{FIRST_TOOL, Host};
use crate::exec::Command;

/// A transaction that is not committed by then is committed by itself.
const LONGEST: Duration = Duration::from_secs(2);

/// mod-ui empties the board before it loads the next one: an empty board is held back this long.
const EMPTY_DELAY: Duration = Duration::from_millis(400);

/// Length of the fades of `processing -1` and `processing 3`, in ms, as mod-host has them.
const PROCESSING_FADE_MS: f32 = 30.0;

/// Whether edits take effect at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Transaction {
    /// Each edit is a change of its own.
    #[default]
    Closed,
    /// Edits wait for the commit.
    Open {
        /// Since when.
        since: Duration,
    },
    /// An empty board waits for the next transaction, or for this moment.
    Emptied {
        /// When it takes effect.
        until: Duration,
    },
}

impl Transaction {
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    pub(super) fn is_pending(self) -> bool {
        self != Self::Closed
    }
}

impl Host {
    pub(super) fn processing(&mut self, processing: Processing) -> Result<(), ErrorCode> {
        match processing {
            Processing::Off => {
                if self.options.strict_processing {
                    self.master(0.0, 0.0);
                }
                self.begin();
            }
            Processing::OffFade => {
                self.master(0.0, PROCESSING_FADE_MS);
                self.begin();
            }
            Processing::Mute => {
                self.master(0.0, 0.0);
                self.begin();
            }
            Processing::On | Processing::OnDataReady => {
                self.commit_transaction();
                self.master(1.0, if self.options.strict_processing { 0.0 } else { 5.0 });
            }
            Processing::OnFade => {
                self.commit_transaction();
                self.master(1.0, PROCESSING_FADE_MS);
            }
        }
        Ok(())
    }

    fn begin(&mut self) {
        if !self.transaction.is_open() {
            self.transaction = Transaction::Open { since: self.now() };
        }
    }

    fn commit_transaction(&mut self) {
        let empty = !self.slots.keys().any(|&instance| instance < FIRST_TOOL);
        let sounded = self.live.target().nodes.len() > 1;
        if self.transaction.is_open() && empty && sounded && !self.options.strict_processing {
            self.transaction = Transaction::Emptied { until: self.now() + EMPTY_DELAY };
            return;
        }
        self.transaction = Transaction::Closed;
        self.commit();
    }

    /// The board was edited: commits, unless a transaction is open.
    pub(super) fn changed(&mut self) {
        self.dirty = true;
        if !self.transaction.is_open() {
            self.transaction = Transaction::Closed;
            self.commit();
        }
    }

    /// Changed settings take effect: at once, or with the commit of the transaction that is open. A board that is half
    /// edited must not sound.
    pub(super) fn commit_settings(&mut self) {
        if !self.transaction.is_pending() {
            self.commit();
        }
    }

    /// Something was set that needs no new plan; remembered for the state file.
    pub(super) fn touched(&mut self) {
        self.dirty = true;
    }

    /// Commits what has waited too long.
    pub(super) fn check_transaction(&mut self) {
        let now = self.now();
        let over = match self.transaction {
            Transaction::Closed => false,
            Transaction::Open { since } => now.saturating_sub(since) >= LONGEST,
            Transaction::Emptied { until } => now >= until,
        };
        if over {
            if self.transaction.is_open() {
                tracing::warn!("transaction not committed within 2 s: taking effect as it stands");
            }
            self.transaction = Transaction::Closed;
            self.commit();
        }
    }

    /// Heads the output level for `gain` within `ms`; a muted output stays silent.
    pub(super) fn master(&mut self, gain: f32, ms: f32) {
        self.level = gain;
        let gain = if self.muted { 0.0 } else { gain };
        let frames = self.options.frames(ms);
        self.send(Command::Master { gain, frames });
    }

    /// Silences the output, or lets it be heard again. Plugins run on, so that nothing has to start anew afterwards.
    pub(super) fn x_mute(&mut self, muted: bool) {
        if muted != self.muted {
            self.muted = muted;
            self.master(self.level, PROCESSING_FADE_MS);
        }
    }

    /// Fades the output to silence, before the end of the program. Takes 30 ms of audio.
    pub fn fade_out(&mut self) {
        self.master(0.0, PROCESSING_FADE_MS);
    }
}
