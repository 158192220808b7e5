//! Saving a plugin's state from any thread.

use std::path::Path;
use std::sync::Arc;

use crate::error::StateError;
use crate::info::PluginInfo;
use crate::save;
use crate::sys::State;
use crate::sys::instance::Instance;
use crate::sys::state::Folders;

/// Writes a plugin's state while its [`crate::Control`] and its [`crate::Runner`] are used by others. Any thread but the real-time
/// one; it waits for the disk.
///
/// LV2 allows `save` beside `run` and `work`. Activation, a restore and a change of the block length wait until the plugin has
/// given its state (and lilv has copied the files that the plugin made), not until all is on the disk. lilv itself is locked
/// meanwhile, as for every use of it.
///
/// It shares the plugin: whichever of the three goes last ends it.
#[derive(Debug, Clone)]
pub struct Saver {
    instance: Arc<Instance>,
    info: Arc<PluginInfo>,
}

impl Saver {
    pub(crate) fn new(instance: Arc<Instance>, info: Arc<PluginInfo>) -> Self {
        Self { instance, info }
    }

    /// Saves the present state as the bundle `folder`, in the file `file` ("effect.ttl") with the folder's manifest.
    /// Files that the state refers to are copied (when the plugin made them) or linked (others) into the folder. Every
    /// file is replaced atomically, the state's own last; a file of an earlier state is not removed.
    ///
    /// # Errors
    /// [`StateError::NotSaved`], [`StateError::Write`]; the state that was there before is then still whole.
    pub fn save_state(
        &self,
        folder: &Path,
        file: &str,
        mut value: impl FnMut(&str) -> Option<f32>,
    ) -> Result<(), StateError> {
        self.save_labelled(folder, file, None, &mut value)
    }

    /// Saves the present state as a preset named `label`, else as [`Saver::save_state`] does.
    ///
    /// # Errors
    /// As [`Saver::save_state`].
    pub fn save_preset(
        &self,
        folder: &Path,
        file: &str,
        label: &str,
        mut value: impl FnMut(&str) -> Option<f32>,
    ) -> Result<(), StateError> {
        self.save_labelled(folder, file, Some(label), &mut value)
    }

    fn save_labelled(
        &self,
        folder: &Path,
        file: &str,
        label: Option<&str>,
        value: &mut dyn FnMut(&str) -> Option<f32>,
    ) -> Result<(), StateError> {
        save::staged(folder, file, |stage| {
            let scratch = self.instance.host.scratch().and_then(|scratch| scratch.canonicalize().ok());
            if let Some(scratch) = &scratch {
                save::mirror_folders(scratch, stage)
                    .map_err(|source| StateError::Write { path: folder.to_owned(), source })?;
            }
            let folders = Folders { scratch: scratch.as_deref(), save: Some(stage) };
            let mut state = State::snapshot(&self.instance, folders, value)
                .ok_or_else(|| StateError::NotSaved { plugin: self.info.uri.clone() })?;
            if let Some(label) = label {
                state.set_label(label);
            }
            Ok(state.write(stage, file))
        })
    }
}
