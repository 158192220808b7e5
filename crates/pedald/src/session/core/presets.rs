//! Presets of plugins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mod_protocol::Command;

use super::{Core, Kind, ReplyTo, Waiting};
use crate::session::board::{ControlPort, Instance};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::intent::{Answer, Done, Source};

impl Core {
    /// The engine's number of a plugin that it can be asked about.
    fn number_in_engine(&self, instance: &Instance) -> Result<i32, SessionError> {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        self.reachable().map(|()| plugin.number)
    }

    pub(super) fn load_preset(
        &mut self,
        source: Source,
        instance: Instance,
        uri: String,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let number = match self.number_in_engine(&instance) {
            Ok(number) => number,
            Err(error) => return Some(Err(error)),
        };
        let asked = self.ticket(Waiting::PresetAsked);
        let command = Command::PresetLoad { instance: number, uri: uri.clone() };
        self.effects.push(super::Effect::Command(asked, command));
        // the engine knows what the preset has set
        let ticket = self.ticket(Waiting::Preset { instance, uri, source, reply });
        self.effects.push(super::Effect::Command(ticket, Command::XBoard {}));
        None
    }

    /// What the engine holds after a preset: the board takes it over.
    pub(super) fn preset_loaded(
        &mut self,
        instance: Instance,
        uri: String,
        source: Source,
        engine: &crate::engine::EngineBoard,
    ) -> Answer {
        // after a reset the engine plays the board before it, which comes back when no other can be loaded
        let kept = self.reset_from.as_ref().map(|(board, _)| board.clone());
        let board = kept.as_ref().unwrap_or(&self.state.board);
        let plugin = board.plugin(&instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let label = format!("preset of {}", plugin.spec.name);
        let found = engine.plugins.iter().find(|other| other.instance == plugin.number);
        let found = found.ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let values = found.params.iter().filter(|(symbol, _)| plugin.values.contains_key(symbol.as_str()));
        let mut changes: Vec<Change> = values
            .map(|(symbol, value)| Change::ValueSet {
                port: ControlPort::new(instance.clone(), symbol),
                value: *value,
            })
            .collect();
        changes.insert(0, Change::PresetSet { instance, preset: Some(uri) });
        let Some(kept) = kept else {
            return self.change(source, &label, changes, Kind::Edit, false).map(|_| Done::Done);
        };
        let mut board = (*kept).clone();
        for change in changes {
            change.apply(&mut board)?;
        }
        self.reset_from = Some((Arc::new(board), true));
        Ok(Done::Done)
    }

    pub(super) fn save_preset(
        &mut self,
        source: Source,
        instance: Instance,
        name: String,
        bundle: PathBuf,
        file: String,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let number = match self.number_in_engine(&instance) {
            Ok(number) => number,
            Err(error) => return Some(Err(error)),
        };
        let uri = format!("file://{}/{file}", bundle.display());
        let directory = bundle.display().to_string();
        let ticket = self.ticket(Waiting::StorePreset { instance, bundle, uri, source, reply });
        let command = Command::PresetSave { instance: number, label: name, directory, file };
        self.effects.push(super::Effect::Command(ticket, command));
        None
    }

    pub(super) fn preset_saved(
        &mut self,
        instance: Instance,
        bundle: PathBuf,
        uri: String,
        source: Source,
    ) -> Answer {
        self.plugin_bundle(&bundle, true)?;
        let change = Change::PresetSet { instance, preset: Some(uri.clone()) };
        self.change(source, "store a preset", vec![change], Kind::Edit, false)?;
        Ok(Done::Preset { bundle, uri })
    }

    pub(super) fn forget_preset(&mut self, source: Source, uri: &str) -> Answer {
        let with_it = self.state.board.plugins.iter().filter(|plugin| plugin.preset.as_deref() == Some(uri));
        let changes = with_it
            .map(|plugin| Change::PresetSet { instance: plugin.instance.clone(), preset: None })
            .collect();
        self.change(source, "preset removed", changes, Kind::Play, false).map(|_| Done::Done)
    }

    pub(super) fn plugin_bundle(&mut self, path: &Path, present: bool) -> Answer {
        let path = path.display().to_string();
        let command = if present {
            Command::BundleAdd { path }
        } else {
            Command::BundleRemove { path, resource: String::new() }
        };
        self.send("look at a bundle", command);
        Ok(Done::Done)
    }
}
