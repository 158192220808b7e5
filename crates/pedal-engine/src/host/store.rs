//! The board for the next start: what it is, and its file.

use std::path::PathBuf;
use std::time::Duration;

use super::Host;
use crate::board::BoardFile;

/// A plugin may change its state by itself, without a word: so often it is saved with the rest in any case.
const STATE_AGE: Duration = Duration::from_secs(30);

/// A board to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    path: PathBuf,
    board: BoardFile,
}

impl Kept {
    /// Writes it, whole or not at all. Waits for the disk, which may take its time: do not hold the host's lock.
    ///
    /// # Errors
    /// As the system reports them; the old file stays. Tell [`Host::not_kept`].
    pub fn write(&self) -> std::io::Result<()> {
        self.board.write(&self.path)
    }
}

impl Host {
    /// What the state file is to hold, if the board has changed since the last call. Plugins' own state is saved here, when
    /// it may have changed; the rest is up to [`Kept::write`]. Call it about once a second.
    pub fn to_keep(&mut self) -> Option<Kept> {
        self.keep(STATE_AGE)
    }

    fn keep(&mut self, age: Duration) -> Option<Kept> {
        let path = self.options.state_file.clone().filter(|_| self.dirty)?;
        if self.transaction.is_pending() {
            return None;
        }
        let states = path.with_extension("states");
        let now = self.now();
        let mut board = self.board();
        for slot in self.slots.values_mut().filter(|slot| slot.control.has_state()) {
            let folder = states.join(format!("effect-{}", slot.instance));
            let values = slot.values();
            let is_fresh = slot.state_kept.is_some_and(|at| now.saturating_sub(at) < age);
            let kept = is_fresh || slot.control.save_state(&folder, &values).is_ok();
            slot.state_kept = kept.then_some(if is_fresh { slot.state_kept.unwrap_or(now) } else { now });
            if kept
                && let Some(plugin) = board.plugins.iter_mut().find(|plugin| plugin.instance == slot.instance)
            {
                plugin.state = Some(folder);
            }
        }
        board.connections.extend(self.foreign.kept());
        self.dirty = false;
        Some(Kept { path, board })
    }

    /// What [`Host::to_keep`] gave could not be written: it will be given again.
    pub fn not_kept(&mut self) {
        self.dirty = true;
    }

    /// Writes the board for the next start if it has changed since the last call, with the state of every plugin. Waits for
    /// the disk: for the end of the program.
    ///
    /// # Errors
    /// As the system reports them; the old file stays.
    pub fn save_state_file(&mut self) -> std::io::Result<()> {
        match self.keep(Duration::ZERO) {
            Some(kept) => kept.write().inspect_err(|_| self.not_kept()),
            None => Ok(()),
        }
    }
}
