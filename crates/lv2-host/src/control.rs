//! The half of a plugin for the control threads.

use std::path::Path;
use std::sync::Arc;

use crate::error::StateError;
use crate::info::PluginInfo;
use crate::log::LogEntry;
use crate::saver::Saver;
use crate::settings::BlockLength;
use crate::sys::State;
use crate::sys::instance::Instance;

/// The control half: activation, state, options, what the plugin logs. Any thread but the real-time one.
///
/// Calls that LV2 forbids beside `run` wait until the present block is over and keep the real-time half out meanwhile:
/// its blocks then end with [`crate::Outcome::Busy`].
#[derive(Debug)]
pub struct Control {
    instance: Arc<Instance>,
    info: Arc<PluginInfo>,
}

impl Control {
    pub(crate) fn new(instance: Arc<Instance>, info: Arc<PluginInfo>) -> Self {
        Self { instance, info }
    }

    /// The plugin's description.
    pub fn info(&self) -> &Arc<PluginInfo> {
        &self.info
    }

    /// Resets the plugin's audio memory and lets it run. A new plugin is not active.
    pub fn activate(&mut self) {
        self.instance.set_active(true);
    }

    /// Stops the plugin running until it is activated again.
    pub fn deactivate(&mut self) {
        self.instance.set_active(false);
    }

    /// Whether it may run.
    pub fn is_active(&self) -> bool {
        self.instance.is_active()
    }

    /// Whether it has state beyond its control ports.
    pub fn has_state(&self) -> bool {
        self.instance.has_state()
    }

    /// The present state, with those control ports for which `value` (by symbol) has one. Paths in it are those that the
    /// plugin has, links not resolved: the state is good for this session and for comparing; to keep it, use [`Control::save_state`].
    ///
    /// # Errors
    /// [`StateError::NotSaved`].
    pub fn snapshot(&mut self, mut value: impl FnMut(&str) -> Option<f32>) -> Result<State, StateError> {
        State::plain(&self.instance, &mut value)
            .ok_or_else(|| StateError::NotSaved { plugin: self.info.uri.clone() })
    }

    /// [`Saver::save_state`], from here.
    ///
    /// # Errors
    /// As [`Saver::save_state`].
    pub fn save_state(
        &mut self,
        folder: &Path,
        file: &str,
        value: impl FnMut(&str) -> Option<f32>,
    ) -> Result<(), StateError> {
        self.saver().save_state(folder, file, value)
    }

    /// [`Saver::save_preset`], from here.
    ///
    /// # Errors
    /// As [`Saver::save_preset`].
    pub fn save_preset(
        &mut self,
        folder: &Path,
        file: &str,
        label: &str,
        value: impl FnMut(&str) -> Option<f32>,
    ) -> Result<(), StateError> {
        self.saver().save_preset(folder, file, label, value)
    }

    /// What saves from another thread, while this goes on being used.
    pub fn saver(&self) -> Saver {
        Saver::new(Arc::clone(&self.instance), Arc::clone(&self.info))
    }

    /// Gives the plugin the properties of `state`; the values of the control ports are the caller's
    /// ([`State::port_values`]). A plugin without `state:threadSafeRestore` does not run meanwhile.
    ///
    /// # Errors
    /// [`StateError::WrongPlugin`].
    pub fn restore(&mut self, state: &State) -> Result<(), StateError> {
        let of = state.plugin();
        if of != self.info.uri {
            return Err(StateError::WrongPlugin { plugin: self.info.uri.clone(), state: of });
        }
        self.instance.restore(state, self.info.flags.thread_safe_restore);
        Ok(())
    }

    /// Tells the plugin new block lengths. `false` when it cannot be told: if the longest block grows, such a plugin
    /// must be made anew. Call [`crate::Runner::set_block_length`] as well.
    pub fn set_block_length(&mut self, block: BlockLength) -> bool {
        self.instance.set_block_length(block)
    }

    /// Takes what the plugin logged since the last call.
    pub fn drain_log(&mut self, hear: impl FnMut(LogEntry)) {
        self.instance.host.logger.drain(hear);
    }

    /// How many messages to or from the worker did not fit since the last call (the plugin was told).
    pub fn take_worker_overflows(&mut self) -> u32 {
        self.instance.host.worker.as_ref().map_or(0, |worker| worker.take_overflows())
    }
}
