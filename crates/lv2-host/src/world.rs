//! The installed plugins.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::control::Control;
use crate::error::{InstantiateError, StateError, WorldError};
use crate::extras::{self, Extras};
use crate::info::{PluginInfo, PresetInfo};
use crate::read;
use crate::settings::HostSettings;
use crate::sys::instance::Instance;
use crate::sys::world::RawWorld;
use crate::sys::{Runner, State, Urids};

/// The installed plugins. Any thread but the real-time one; calls wait for each other, because lilv takes one at a time.
///
/// Making it and listing URIs reads only the bundles' manifests. A plugin's own files are read when it is first asked
/// for, and the description is kept.
pub struct World {
    raw: Arc<RawWorld>,
    urids: Urids,
    known: Mutex<HashMap<String, Arc<PluginInfo>>>,
}

impl World {
    /// The plugins in `LV2_PATH`, or in the places where the system has them.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn new(urids: Urids) -> Result<Self, WorldError> {
        Self::load(urids, None)
    }

    /// The plugins in `path`, folders of bundles separated by colons.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn with_path(urids: Urids, path: &str) -> Result<Self, WorldError> {
        Self::load(urids, Some(path))
    }

    fn load(urids: Urids, path: Option<&str>) -> Result<Self, WorldError> {
        let raw = RawWorld::load(path).ok_or(WorldError::NoWorld)?;
        Ok(Self { raw: Arc::new(raw), urids, known: Mutex::default() })
    }

    /// URIs of all plugins, sorted.
    pub fn uris(&self) -> Vec<String> {
        let mut uris = self.raw.lock().plugin_uris();
        uris.sort();
        uris
    }

    /// The description of a plugin.
    pub fn plugin(&self, uri: &str) -> Option<Arc<PluginInfo>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(info) = known.get(uri) {
            return Some(Arc::clone(info));
        }
        let model = self.raw.lock();
        let info = Arc::new(read::plugin(model.plugin(uri)?));
        known.insert(uri.to_owned(), Arc::clone(&info));
        Some(info)
    }

    /// What web pages show of a plugin beyond its description.
    pub fn extras(&self, uri: &str) -> Option<Extras> {
        let model = self.raw.lock();
        Some(extras::read(&model.plugin(uri)?))
    }

    /// The presets of a plugin, in order of label; none for an unknown plugin.
    pub fn presets(&self, uri: &str) -> Vec<PresetInfo> {
        let model = self.raw.lock();
        model.plugin(uri).map(read::presets).unwrap_or_default()
    }

    /// The state that a preset holds.
    ///
    /// # Errors
    /// [`StateError::NotFound`].
    pub fn preset_state(&self, preset: &str) -> Result<State, StateError> {
        let model = self.raw.lock();
        model.load_resource(&model.uri(preset));
        State::from_model(&self.raw, &self.urids, &model, preset)
            .ok_or_else(|| StateError::NotFound { state: preset.to_owned() })
    }

    /// A preset as Turtle, in the form that mod-host's `preset_show` prints.
    pub fn preset_turtle(&self, preset: &str) -> Option<String> {
        Some(self.preset_state(preset).ok()?.to_turtle(preset))
    }

    /// The properties that a plugin's bundle gives as its default state, if it does. (The defaults of the ports are in
    /// its description.)
    pub fn default_state(&self, plugin: &str) -> Option<State> {
        let model = self.raw.lock();
        // Reads the plugin's own files.
        model.plugin(plugin)?.port_count();
        let state = State::from_model(&self.raw, &self.urids, &model, plugin);
        // Before the state may be dropped, which takes the lock.
        drop(model);
        state.filter(|state| state.property_count() > 0)
    }

    /// Reads a state that [`Control::save_state`] wrote.
    ///
    /// # Errors
    /// [`StateError::NotFound`] when there is no such file or it holds no state.
    pub fn load_state(&self, file: &Path) -> Result<State, StateError> {
        let missing = || StateError::NotFound { state: file.display().to_string() };
        if !file.is_file() {
            return Err(missing());
        }
        // lilv compares canonical paths.
        let file = file.canonicalize().map_err(|_| missing())?;
        State::from_file(&self.raw, &self.urids, &file).ok_or_else(missing)
    }

    /// Reads a state that [`State::to_turtle`] gave.
    ///
    /// # Errors
    /// [`StateError::NotFound`] when the text holds no state.
    pub fn parse_state(&self, turtle: &str) -> Result<State, StateError> {
        State::from_text(&self.raw, &self.urids, turtle)
            .ok_or_else(|| StateError::NotFound { state: "in the given text".to_owned() })
    }

    /// Adds a bundle's plugins and presets. A folder without a manifest adds nothing.
    pub fn bundle_add(&self, bundle: &Path) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.raw.lock().load_bundle(bundle);
        known.clear();
    }

    /// Takes a bundle's plugins and presets away, and what was read for `resource` (a preset's URI) if given. Plugins
    /// that were made from it live on. Do this before a bundle that changed is added again.
    pub fn bundle_remove(&self, bundle: &Path, resource: Option<&str>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
        let model = self.raw.lock();
        if let Some(resource) = resource.filter(|resource| !resource.is_empty()) {
            model.unload_resource(&model.uri(resource));
        }
        model.unload_bundle(bundle);
    }

    /// Makes a plugin. It has its default values (and its default state, when it asks for that), is not active yet, and
    /// all its ports are connected.
    ///
    /// # Errors
    /// [`InstantiateError`]; a plugin that requires a feature which this host does not have is refused by its name.
    pub fn instantiate(
        &self,
        info: &Arc<PluginInfo>,
        settings: &HostSettings,
    ) -> Result<(Control, Runner), InstantiateError> {
        let instance = {
            let model = self.raw.lock();
            let plugin = model
                .plugin(&info.uri)
                .ok_or_else(|| InstantiateError::NotFound { plugin: info.uri.clone() })?;
            Arc::new(Instance::new(&self.raw, plugin, info, settings)?)
        };
        let mut control = Control::new(Arc::clone(&instance), Arc::clone(info));
        let runner = Runner::new(instance, Arc::clone(info));
        if info.flags.load_default_state
            && let Some(state) = self.default_state(&info.uri)
        {
            // The state is of this plugin by construction.
            let _ = control.restore(&state);
        }
        Ok((control, runner))
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}
