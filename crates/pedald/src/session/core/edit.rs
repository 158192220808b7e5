//! Edits of the board: plugins, cables, values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mod_protocol::Command;

use super::arrange::check_end;
use super::{Core, Kind, ReplyTo, Waiting};
use crate::engine::jack_name;
use crate::session::board::{Board, ControlPort, Endpoint, Instance, Plugin, Tempo, Value};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::event::{EventKind, Signal};
use crate::session::intent::{Answer, Done, Source};
use crate::session::spec::ControlKind;
use crate::session::state::{NoticeLevel, SyncMode};

impl Core {
    pub(super) fn add_plugin(
        &mut self,
        source: Source,
        instance: Instance,
        uri: &str,
        position: (f64, f64),
        reply: ReplyTo,
    ) -> Option<Answer> {
        let label = instance.label();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if label.is_empty() || instance.is_board() || !label.chars().all(fits) {
            return Some(Err(SessionError::BadName(label.to_owned())));
        }
        let Some(spec) = self.catalogue.plugin(uri) else {
            return Some(Err(SessionError::UnknownPlugin(uri.to_owned())));
        };
        let board = &self.state.board;
        let plugin = Plugin { position, ..Plugin::new(instance.clone(), board.next_number(), spec) };
        let what = format!("add {}", plugin.spec.name);
        let change = Change::PluginAdded { at: board.plugins.len(), plugin: Arc::new(plugin) };
        let done = self.change(source, &what, vec![change.clone()], Kind::Structure, false);
        let undo = match done {
            Ok(undo) => undo,
            Err(error) => return Some(Err(error)),
        };
        let Change::PluginAdded { plugin, .. } = &change else { unreachable!("made above") };
        if !self.state.engine.is_running() {
            return Some(Ok(Done::Plugin(plugin.clone())));
        }
        let plugin = plugin.clone();
        let ticket = self.ticket(Waiting::Add { change, undo, source, reply });
        let (uri, instance) = (plugin.spec.uri.clone(), plugin.number);
        self.effects.push(super::Effect::Command(ticket, Command::Add { uri, instance }));
        self.send_rest_of(&plugin);
        None
    }

    /// The engine could not add it: it goes again.
    pub(super) fn add_failed(&mut self, change: &Change, undo: Option<u64>, source: Source) {
        let Change::PluginAdded { plugin, .. } = change else { return };
        if let Some(id) = undo {
            self.undo.forget(id);
        }
        let instance = plugin.instance.clone();
        if self.state.board.plugin(&instance).is_some() {
            let mut changes = removal(&self.state.board, &instance);
            changes.push(Change::PluginRemoved { instance });
            self.emit(source, EventKind::Changed(changes.into()));
        }
        self.tell_history(source);
    }

    pub(super) fn remove_plugin(&mut self, source: Source, instance: &Instance) -> Answer {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let label = format!("remove {}", plugin.spec.name);
        let mut changes = removal(&self.state.board, instance);
        changes.push(Change::PluginRemoved { instance: instance.clone() });
        self.change(source, &label, changes, Kind::Structure, true)?;
        self.forget_learning(instance);
        Ok(Done::Done)
    }

    pub(super) fn move_plugin(&mut self, source: Source, instance: Instance, position: (f64, f64)) -> Answer {
        if !(position.0.is_finite() && position.1.is_finite()) {
            return Ok(Done::Done);
        }
        let label = format!("move {instance}");
        self.edit(source, &label, vec![Change::PluginMoved { instance, position }])
    }

    pub(super) fn connect(
        &mut self,
        source: Source,
        from: Endpoint,
        to: Endpoint,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let board = &self.state.board;
        if let Err(error) = check_end(board, &from, true).and_then(|()| check_end(board, &to, false)) {
            return Some(Err(error));
        }
        if board.connections.iter().any(|(a, b)| *a == from && *b == to) {
            return Some(Ok(Done::Done));
        }
        let (start, end) = (jack_name(board, &from), jack_name(board, &to));
        let label = format!("connect {from} to {to}");
        let change = Change::Connected { at: board.connections.len(), source: from, target: to };
        let undo = match self.change(source, &label, vec![change.clone()], Kind::Structure, false) {
            Ok(undo) => undo,
            Err(error) => return Some(Err(error)),
        };
        let (Some(start), Some(end)) = (start, end) else { return Some(Ok(Done::Done)) };
        if !self.state.engine.is_running() {
            return Some(Ok(Done::Done));
        }
        let ticket = self.ticket(Waiting::Connect { change, undo, source, reply });
        let command = Command::Connect { source: start, destination: end };
        self.effects.push(super::Effect::Command(ticket, command));
        None
    }

    /// The engine could not make the cable: it goes again, so that nobody sees one that carries no sound.
    pub(super) fn connect_failed(
        &mut self,
        change: &Change,
        undo: Option<u64>,
        source: Source,
        reason: String,
    ) -> SessionError {
        let Change::Connected { source: from, target: to, .. } = change else {
            return SessionError::Engine { what: "connect".into(), reason };
        };
        if let Some(id) = undo {
            self.undo.forget(id);
        }
        if self.state.board.connections.iter().any(|(a, b)| a == from && b == to) {
            let gone = Change::Disconnected { source: from.clone(), target: to.clone() };
            self.emit(source, EventKind::Changed(vec![gone].into()));
        }
        self.tell_history(source);
        let error = SessionError::Engine { what: format!("connect {from} to {to}"), reason };
        self.notice(source, NoticeLevel::Warning, error.to_string());
        error
    }

    pub(super) fn disconnect(&mut self, source: Source, from: Endpoint, to: Endpoint) -> Answer {
        let label = format!("disconnect {from} from {to}");
        let change = Change::Disconnected { source: from, target: to };
        self.change(source, &label, vec![change], Kind::Structure, true).map(|_| Done::Done)
    }

    /// A value as the control takes it.
    pub(super) fn limited(&self, port: &ControlPort, value: f32) -> Result<f32, SessionError> {
        let missing = || SessionError::NoControl(port.clone());
        if port.instance.is_board() {
            let tempo = self.state.board.tempo;
            let value =
                if value.is_finite() { value } else { tempo.control(&port.symbol).ok_or_else(missing)? };
            let tempo = tempo.with(&port.symbol, value);
            return tempo.and_then(|tempo| tempo.control(&port.symbol)).ok_or_else(missing);
        }
        let plugin = self.state.board.plugin(&port.instance).ok_or_else(missing)?;
        if port.is_bypass() {
            return Ok(if value >= 0.5 { 1.0 } else { 0.0 });
        }
        match plugin.spec.control(&port.symbol) {
            Some(control) => Ok(control.limit(value)),
            None if plugin.values.contains_key(&port.symbol) && value.is_finite() => Ok(value),
            None => Err(missing()),
        }
    }

    pub(super) fn set_many(&mut self, source: Source, values: Vec<(ControlPort, f32)>) -> Answer {
        let label = match &values[..] {
            [(port, _)] if port.is_bypass() => format!("bypass {}", port.instance),
            [(port, _)] => format!("turn {port}"),
            values => format!("set {} controls", values.len()),
        };
        let mut changes = Vec::with_capacity(values.len());
        let mut moved = Vec::new();
        for (port, wanted) in values {
            let value = self.limited(&port, wanted)?;
            if value != wanted && matches!(source, Source::Web(_)) {
                moved.push(port.clone());
            }
            changes.push(Change::ValueSet { port, value });
        }
        let done = self.edit(source, &label, changes)?;
        if !moved.is_empty() {
            // its own change is not told to a client again, and it believes in what it sent
            let signal = Signal::Corrected { ports: moved, reason: None };
            self.emit(source, EventKind::Signal(signal));
        }
        Ok(done)
    }

    pub(super) fn toggle(&mut self, source: Source, port: ControlPort) -> Answer {
        let board = &self.state.board;
        let now = board.value(&port).ok_or_else(|| SessionError::NoControl(port.clone()))?;
        let plugin = board.plugin(&port.instance);
        let control = plugin.and_then(|plugin| plugin.spec.control(&port.symbol));
        let (low, high) = control.map_or((0.0, 1.0), |control| (control.min, control.max));
        let value = if control.is_some_and(|control| control.kind == ControlKind::Trigger)
            || now < (low + high) / 2.0
        {
            high
        } else {
            low
        };
        self.set_many(source, vec![(port, value)])
    }

    pub(super) fn set_parameter(
        &mut self,
        source: Source,
        instance: Instance,
        uri: String,
        kind: char,
        text: String,
    ) -> Answer {
        let plugin =
            self.state.board.plugin(&instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let spec = plugin.spec.parameters.iter().find(|parameter| parameter.uri == uri && parameter.writable);
        let Some(spec) = spec else { return Err(SessionError::NoParameter { instance, uri }) };
        let kind =
            if mod_protocol::PatchType::from_letter(&kind.to_string()).is_some() { kind } else { spec.kind };
        let label = format!("set {} of {}", spec.label, plugin.spec.name);
        let value = Some(Value { kind, text });
        self.edit(source, &label, vec![Change::ParameterSet { instance, uri, value }])
    }

    pub(super) fn ask_parameter(&mut self, instance: &Instance, uri: String) -> Answer {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let instance = plugin.number;
        self.send("ask for a parameter", Command::PatchGet { instance, property: uri });
        Ok(Done::Done)
    }

    pub(super) fn load_preset(
        &mut self,
        source: Source,
        instance: Instance,
        uri: String,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let Some(plugin) = self.state.board.plugin(&instance) else {
            return Some(Err(ChangeError::NoPlugin(instance).into()));
        };
        let number = plugin.number;
        if let EngineDown::Yes(error) = self.engine_down() {
            return Some(Err(error));
        }
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
        let Some(plugin) = self.state.board.plugin(&instance) else {
            return Some(Err(ChangeError::NoPlugin(instance).into()));
        };
        let number = plugin.number;
        if let EngineDown::Yes(error) = self.engine_down() {
            return Some(Err(error));
        }
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

    pub(super) fn set_tempo(&mut self, source: Source, set: impl FnOnce(&mut Tempo)) -> Answer {
        let mut tempo = self.state.board.tempo;
        set(&mut tempo);
        self.edit(source, "tempo", vec![Change::TempoSet { tempo: tempo.limited() }])
    }

    pub(super) fn set_sync(&mut self, source: Source, mode: SyncMode) -> Answer {
        if mode == SyncMode::Link {
            let reason = "the engine has no Ableton Link; use MIDI clock".to_owned();
            return Err(SessionError::Unsupported { what: "Ableton Link".into(), reason });
        }
        if mode != self.state.sync {
            self.send_sync(mode);
            self.emit(source, EventKind::Sync(mode));
        }
        Ok(Done::Done)
    }

    pub(super) fn resize(&mut self, source: Source, size: (u32, u32)) -> Answer {
        // the browser tells its size when it connects: not an edit
        self.change(source, "size", vec![Change::Resized { size }], Kind::Play, false).map(|_| Done::Done)
    }

    pub(super) fn reenable(&mut self, instance: &Instance) -> Answer {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let instance = plugin.number;
        self.send("take a plugin back", Command::XReenable { instance });
        Ok(Done::Done)
    }

    pub(super) fn monitor(&mut self, port: &ControlPort, on: bool) -> Answer {
        let plugin = self.state.board.plugin(&port.instance);
        let plugin = plugin.ok_or_else(|| ChangeError::NoPlugin(port.instance.clone()))?;
        let (instance, symbol) = (plugin.number, port.symbol.to_string());
        self.send(
            format!("follow {port}"),
            if on {
                Command::MonitorOutput { instance, symbol }
            } else {
                Command::MonitorOutputOff { instance, symbol }
            },
        );
        Ok(Done::Done)
    }
}

/// Whether the engine can be asked.
pub(super) enum EngineDown {
    No,
    Yes(SessionError),
}

/// What has to go before a plugin goes: its cables and addressings.
pub(super) fn removal(board: &Board, instance: &Instance) -> Vec<Change> {
    let touches = |end: &Endpoint| end.instance() == Some(instance);
    let cables = board.connections.iter().filter(|(from, to)| touches(from) || touches(to));
    let mut changes: Vec<Change> =
        cables.map(|(from, to)| Change::Disconnected { source: from.clone(), target: to.clone() }).collect();
    for (actuator, list) in &board.addressings {
        if list.iter().any(|addressing| addressing.port.instance == *instance) {
            let kept = list.iter().filter(|addressing| addressing.port.instance != *instance);
            let list = kept.cloned().collect();
            changes.push(Change::AddressingsSet { actuator: actuator.clone(), list });
        }
    }
    changes
}
