//! LV2 plugins as units of the engine.

mod control;
mod describe;
mod message;
mod unit;

pub use describe::unit_info;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lv2_host::{BlockLength, HostSettings, PluginInfo, ThreadSchedule, Urids, WorkerHub, World, WorldError};

use crate::host::{Made, MakeError, PluginSource};
use control::Lv2Control;
use unit::Lv2Unit;

/// Makes LV2 plugins.
pub struct Lv2Plugins {
    world: Arc<World>,
    settings: HostSettings,
    hub: WorkerHub,
    made: u64,
}

impl Lv2Plugins {
    /// A source of plugins at `sample_rate` Hz for blocks of up to `period` frames. `search_path` takes the place of
    /// LV2_PATH.
    pub fn new(sample_rate: u32, period: usize, search_path: Option<&str>) -> Result<Self, WorldError> {
        let urids = Urids::new();
        let world = match search_path {
            Some(path) => World::with_path(urids.clone(), path)?,
            None => World::new(urids.clone())?,
        };
        let hub = WorkerHub::new();
        let mut settings = HostSettings::new(f64::from(sample_rate), period as u32, urids, hub.clone());
        settings.scratch = Some(default_scratch());
        Ok(Self { world: Arc::new(world), settings, hub, made: 0 })
    }

    /// What the plugins are told about threads: those of the audio callback and of their workers.
    pub fn set_schedule(&mut self, audio: ThreadSchedule, worker: ThreadSchedule) {
        self.settings.audio = audio;
        self.settings.worker = worker;
    }

    /// The collection of installed plugins.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The description of an installed plugin.
    pub fn describe(&self, uri: &str) -> Option<Arc<PluginInfo>> {
        self.world.plugin(uri)
    }
}

fn default_scratch() -> PathBuf {
    std::env::temp_dir().join(format!("archibald-engine-{}", std::process::id()))
}

impl std::fmt::Debug for Lv2Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lv2Plugins").field("made", &self.made).finish_non_exhaustive()
    }
}

impl PluginSource for Lv2Plugins {
    fn make(&mut self, uri: &str) -> Result<Made, MakeError> {
        let plugin = self.world.plugin(uri).ok_or_else(|| MakeError::Unknown(uri.to_owned()))?;
        let failed = |reason: String| MakeError::Failed { uri: uri.to_owned(), reason };
        let mut settings = self.settings.clone();
        self.made += 1;
        settings.scratch = settings.scratch.map(|folder| folder.join(format!("instance-{}", self.made)));
        let (mut control, runner) =
            self.world.instantiate(&plugin, &settings).map_err(|error| failed(error.to_string()))?;
        let info = Arc::new(unit_info(&plugin, settings.sample_rate));
        let values = info
            .controls
            .iter()
            .filter_map(|input| {
                let value = runner.control(plugin.port(&input.symbol)?.index);
                (value != input.default).then(|| (input.symbol.clone(), value))
            })
            .collect();
        control.activate();
        let (unit, rings) = Lv2Unit::new(runner, &info, *settings.urids.known());
        let control = Lv2Control::new(control, self.world.clone(), settings.urids.clone(), rings);
        Ok(Made { info, unit: Box::new(unit), control: Box::new(control), values })
    }

    fn preset_text(&mut self, uri: &str) -> Option<String> {
        self.world.preset_turtle(uri)
    }

    fn add_bundle(&mut self, path: &Path) {
        self.world.bundle_add(path);
    }

    fn remove_bundle(&mut self, path: &Path, resource: &str) {
        self.world.bundle_remove(path, Some(resource));
    }

    fn set_scratch(&mut self, directory: &Path) {
        self.settings.scratch = Some(directory.to_owned());
    }

    fn set_period(&mut self, frames: usize) {
        self.settings.block = BlockLength::of_period(frames as u32);
    }

    fn poll(&mut self) -> bool {
        self.hub.poll()
    }
}
