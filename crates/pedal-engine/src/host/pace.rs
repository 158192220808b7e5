//! How often somebody has to look after the host. The callback may not wake anybody, for that is a system call: whatever it
//! has to say waits for the next look.

use std::time::Duration;

use super::Host;

/// Between two looks while something goes on.
const BUSY: Duration = Duration::from_millis(4);

/// While levels, outputs or the load are watched: often enough for meters at 25 a second.
const WATCHED: Duration = Duration::from_millis(10);

/// While nothing happens: what the callback says first then waits no longer than this.
pub const IDLE: Duration = Duration::from_millis(20);

/// After something has happened, more is likely for this long.
const AFTER: Duration = Duration::from_millis(200);

/// When something happened last.
#[derive(Debug)]
pub(super) struct Pace {
    /// Since the last call of [`Host::pace`].
    happened: bool,
    last: Option<Duration>,
}

impl Default for Pace {
    /// Something has just happened: the host was made.
    fn default() -> Self {
        Self { happened: true, last: None }
    }
}

impl Pace {
    /// A command went to the callback, a report came from it, or a plugin wanted its worker.
    pub(super) fn happened(&mut self) {
        self.happened = true;
    }
}

impl Host {
    /// Time until the next [`Host::tick`]: 4 to 20 ms.
    pub fn pace(&mut self) -> Duration {
        let now = self.now();
        if std::mem::take(&mut self.pace.happened) {
            self.pace.last = Some(now);
        }
        let lately = self.pace.last.is_some_and(|last| now.saturating_sub(last) < AFTER);
        // What is removed rings, a transaction has its time, a MIDI program waits for its board.
        let busy = self.is_changing()
            || !self.unsent.is_empty()
            || !self.leaving.is_empty()
            || self.mappings.listens_for_midi();
        if lately || busy {
            BUSY
        } else if self.monitors.any() || self.peer.any() {
            WATCHED
        } else {
            IDLE
        }
    }
}
