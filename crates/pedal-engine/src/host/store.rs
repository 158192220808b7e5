//! The board for the next start: what it is, and its file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Host;
use super::save::StateJob;
use super::slot::Slot;
use super::state_folders;
use crate::board::BoardFile;
use crate::graph::NodeId;

/// A plugin may change its state by itself, without a word: so often it is saved with the rest in any case.
const STATE_AGE: Duration = Duration::from_secs(30);

/// A board to be kept.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    board: BoardFile,
    /// Plugins whose state may have changed. Those of the board that are not here have the folder of the last time.
    jobs: Vec<(NodeId, StateJob)>,
    in_use: Vec<PathBuf>,
}

/// What came of writing one; for [`Host::kept`].
#[derive(Debug)]
pub struct Written {
    /// Folders of the states; none where it could not be written.
    folders: BTreeMap<NodeId, Option<PathBuf>>,
}

impl Kept {
    /// Writes it. The states come first, each in a folder of its own beside the one before, and the board that names them
    /// last: whenever the power goes, the old board is whole or the new one. Waits for the disk, which may take its time: do not
    /// hold the host's lock.
    ///
    /// # Errors
    /// As the system reports them; the old board stays. Tell [`Host::not_kept`].
    pub fn write(&self) -> std::io::Result<Written> {
        let states = self.path.with_extension("states");
        let mut board = self.board.clone();
        let mut folders = BTreeMap::new();
        let generation = state_folders::next_generation(&states);
        for (id, job) in &self.jobs {
            let folder = state_folders::name(&states, job.instance, generation);
            let done = job.write(&folder).is_ok()
                && state_folders::own_files(&folder, &states)
                    .inspect_err(|error| tracing::error!(%error, ?folder, "state not kept"))
                    .is_ok();
            if done
                && let Some(plugin) = board.plugins.iter_mut().find(|plugin| plugin.instance == job.instance)
            {
                plugin.state = Some(folder.clone());
            }
            folders.insert(*id, done.then_some(folder));
        }
        if !self.jobs.is_empty() {
            state_folders::sync(&states)?;
        }
        board.write(&self.path)?;
        let named = board.plugins.iter().filter_map(|plugin| plugin.state.as_ref());
        state_folders::clear(&states, named.chain(&self.in_use));
        Ok(Written { folders })
    }
}

impl Host {
    /// What the state file is to hold, if the board has changed since the last call. Nothing is written here; that is up to
    /// [`Kept::write`]. Call it about once a second.
    pub fn to_keep(&mut self) -> Option<Kept> {
        self.keep(STATE_AGE)
    }

    fn keep(&mut self, age: Duration) -> Option<Kept> {
        let path = self.options.state_file.clone().filter(|_| self.dirty)?;
        if self.transaction.is_pending() {
            return None;
        }
        let now = self.now();
        let mut board = self.board();
        let mut jobs = Vec::new();
        for slot in self.slots.values_mut() {
            let is_fresh = slot.state_kept.is_some_and(|at| now.saturating_sub(at) < age);
            if !is_fresh && let Some(job) = StateJob::of(slot) {
                jobs.push((slot.id(), job));
                slot.state_kept = Some(now);
            }
            if let Some(plugin) = board.plugins.iter_mut().find(|plugin| plugin.instance == slot.instance) {
                plugin.state.clone_from(&slot.state_folder);
            }
        }
        board.connections.extend(self.foreign.kept());
        self.dirty = false;
        Some(Kept { path, board, jobs, in_use: self.states_in_use.iter().cloned().collect() })
    }

    /// A plugin takes its state from `folder`, and may use the files in it as long as this program runs.
    pub(super) fn state_is_used(&mut self, folder: &Path) {
        let states = self.options.state_file.as_ref().map(|path| path.with_extension("states"));
        let ours = states.and_then(|states| states.canonicalize().ok());
        if let (Some(states), Ok(folder)) = (ours, folder.canonicalize())
            && folder.starts_with(states)
        {
            self.states_in_use.insert(folder);
        }
    }

    /// What [`Host::to_keep`] gave was written.
    pub fn kept(&mut self, written: &Written) {
        for slot in self.slots.values_mut() {
            match written.folders.get(&slot.id()) {
                Some(Some(folder)) => slot.state_folder = Some(folder.clone()),
                Some(None) => slot.state_kept = None,
                None => {}
            }
        }
    }

    /// What [`Host::to_keep`] gave could not be written: it will be given again.
    pub fn not_kept(&mut self, kept: &Kept) {
        self.dirty = true;
        let tried = |slot: &Slot| kept.jobs.iter().any(|(id, _)| *id == slot.id());
        for slot in self.slots.values_mut().filter(|slot| tried(slot)) {
            slot.state_kept = None;
        }
    }

    /// Writes the board for the next start if it has changed since the last call, with the state of every plugin. Waits for
    /// the disk: for the end of the program, when nobody else writes it.
    ///
    /// # Errors
    /// As the system reports them; the old file stays.
    pub fn save_state_file(&mut self) -> std::io::Result<()> {
        let Some(kept) = self.keep(Duration::ZERO) else { return Ok(()) };
        match kept.write() {
            Ok(written) => {
                self.kept(&written);
                Ok(())
            }
            Err(error) => {
                self.not_kept(&kept);
                Err(error)
            }
        }
    }
}
