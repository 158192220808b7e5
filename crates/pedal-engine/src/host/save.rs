//! Saving states and presets: what is to be written is taken under the host's lock, and written without it.

use std::path::{Path, PathBuf};

use mod_protocol::{ErrorCode, Reply};

use super::Host;
use super::plugins::StateSaver;
use super::slot::Slot;
use super::states::folder_of;

/// One plugin's state, to be written.
pub(super) struct StateJob {
    pub(super) instance: i32,
    pub(super) saver: Box<dyn StateSaver>,
    pub(super) values: Vec<(String, f32)>,
}

impl StateJob {
    /// What writes this plugin's state, if it has any.
    pub(super) fn of(slot: &Slot) -> Option<Self> {
        let saver = slot.control.saver().filter(|_| slot.control.has_state())?;
        Some(Self { instance: slot.instance, saver, values: slot.values() })
    }

    /// Writes it into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ErrorCode> {
        self.saver.save_state(folder, &self.values).inspect_err(|_| {
            tracing::error!(instance = self.instance, ?folder, "state not saved");
        })
    }
}

impl std::fmt::Debug for StateJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateJob").field("instance", &self.instance).finish_non_exhaustive()
    }
}

/// Work that waits for a disk or a socket and makes the answer. Do not hold the host's lock.
pub(super) type Work = Box<dyn FnOnce() -> Reply + Send>;

impl Host {
    /// Saves the state of all plugins below `directory`.
    pub(super) fn state_save(&self, directory: &str) -> Work {
        let directory = PathBuf::from(directory);
        let jobs: Vec<StateJob> = self.slots.values().filter_map(StateJob::of).collect();
        Box::new(move || {
            let mut done = Ok(());
            for job in &jobs {
                if let Err(code) = job.write(&folder_of(&directory, job.instance)) {
                    done = Err(code); // the others are saved all the same
                }
            }
            Reply::from_result(done)
        })
    }

    /// Saves a preset of one plugin.
    pub(super) fn preset_save(
        &self,
        instance: i32,
        label: &str,
        directory: &str,
        file: &str,
    ) -> Result<Work, ErrorCode> {
        let slot = self.slot(instance)?;
        let saver = slot.control.saver().ok_or(ErrorCode::InvalidOperation)?;
        let values = slot.values();
        let (label, directory, file) = (label.to_owned(), PathBuf::from(directory), file.to_owned());
        Ok(Box::new(move || Reply::from_result(saver.save_preset(&label, &directory, &file, &values))))
    }
}
