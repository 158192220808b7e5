//! Commands to the engine.

use std::sync::Arc;

use mod_protocol::{Command, Feature, GLOBAL_INSTANCE, SnapshotValue};

use super::{Core, Effect, Waiting};
use crate::engine::jack_name;
use crate::session::board::{Board, ControlPort, Instance, MidiBinding, Plugin};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::shape::SHAPES;
use crate::session::state::{EngineState, SyncMode};

/// Most values in one `x_snapshot`: the longest message has 64 KiB.
const SNAPSHOT_VALUES: usize = 600;

impl Core {
    /// Whether the engine can be asked for something; the reason when it cannot.
    pub(super) fn reachable(&self) -> Result<(), SessionError> {
        match &self.state.engine {
            EngineState::Down(reason) => Err(SessionError::NoEngine(reason.clone())),
            _ => Ok(()),
        }
    }

    /// Sends a command of which only a failure is of interest.
    pub(super) fn send(&mut self, what: impl Into<String>, command: Command) {
        if self.reachable().is_err() {
            return;
        }
        let inverted = command.reply_style() == mod_protocol::ReplyStyle::Inverted;
        let ticket = self.ticket(Waiting::Command { what: what.into(), inverted });
        self.effects.push(Effect::Command(ticket, command));
    }

    /// Sends a command whose failure is of no interest.
    pub(super) fn quietly(&mut self, command: Command) {
        if self.reachable().is_err() {
            return;
        }
        let ticket = self.ticket(Waiting::Unload);
        self.effects.push(Effect::Command(ticket, command));
    }

    pub(super) fn number_of(&self, instance: &Instance) -> Option<i32> {
        if instance.is_board() {
            return Some(GLOBAL_INSTANCE);
        }
        self.state.board.plugin(instance).map(|plugin| plugin.number)
    }

    /// Tells the engine about changes, before they are applied to the state. Several changes of the graph are one
    /// transaction; several values are set within one block.
    pub(super) fn send_changes(&mut self, changes: &[Change]) {
        if self.reachable().is_err() {
            return;
        }
        let structural = changes.iter().filter(|change| change.is_structural()).count();
        let processing = |value| Command::FeatureEnable { feature: Feature::Processing, value };
        if structural > 1 {
            self.send("begin a change", processing(0));
        }
        let mut board = (*self.state.board).clone();
        let mut values: Vec<SnapshotValue> = Vec::new();
        let mut preset: Vec<&Instance> = Vec::new();
        for change in changes {
            if let Change::PresetSet { instance, preset: Some(_) } = change {
                preset.push(instance);
            }
            match change {
                Change::ValueSet { port, value } if !port.instance.is_board() => {
                    if let Some(plugin) = board.plugin(&port.instance).filter(|plugin| !plugin.missing)
                        && (port.is_bypass() || plugin.spec.control(&port.symbol).is_some())
                    {
                        let symbol = port.symbol.to_string();
                        values.push(SnapshotValue { instance: plugin.number, symbol, value: *value });
                    }
                }
                Change::ParameterSet { .. } | Change::PresetSet { .. } => self.send_change(&board, change),
                _ => {
                    self.send_values(std::mem::take(&mut values));
                    self.send_change(&board, change);
                }
            }
            if change.apply(&mut board).is_err() {
                break;
            }
        }
        // a preset sets what it likes: afterwards the plugin gets all that the board says
        for plugin in
            board.plugins.iter().filter(|plugin| !plugin.missing && preset.contains(&&plugin.instance))
        {
            values.extend(plugin.spec.controls.iter().filter_map(|control| {
                let value = *plugin.values.get(control.symbol.as_str())?;
                Some(SnapshotValue { instance: plugin.number, symbol: control.symbol.clone(), value })
            }));
        }
        self.send_values(values);
        if structural > 1 {
            self.send("end a change", processing(1));
        }
    }

    fn send_values(&mut self, values: Vec<SnapshotValue>) {
        match &values[..] {
            [] => {}
            [only] if only.symbol == ControlPort::BYPASS => {
                let (instance, bypassed) = (only.instance, only.value >= 0.5);
                self.send("bypass", Command::Bypass { instance, bypassed });
            }
            [only] => {
                let SnapshotValue { instance, symbol, value } = only.clone();
                self.send(format!("set {symbol}"), Command::ParamSet { instance, symbol, value });
            }
            all => {
                for values in all.chunks(SNAPSHOT_VALUES) {
                    self.send("set values", Command::XSnapshot { values: values.to_vec() });
                }
            }
        }
    }

    fn send_change(&mut self, board: &Board, change: &Change) {
        match change {
            Change::PluginAdded { plugin, .. } => {
                let (uri, instance) = (plugin.spec.uri.clone(), plugin.number);
                self.send(format!("add {}", plugin.spec.name), Command::Add { uri, instance });
                self.send_rest_of(plugin);
            }
            Change::PluginRemoved { instance } => {
                if let Some(plugin) = board.plugin(instance) {
                    let instance = plugin.number;
                    self.send(format!("remove {}", plugin.spec.name), Command::Remove { instance });
                }
            }
            Change::Connected { source, target, .. } => {
                if let (Some(from), Some(to)) = (jack_name(board, source), jack_name(board, target)) {
                    let what = format!("connect {source} to {target}");
                    self.send(what, Command::Connect { source: from, destination: to });
                }
            }
            Change::Disconnected { source, target } => {
                if let (Some(from), Some(to)) = (jack_name(board, source), jack_name(board, target)) {
                    let what = format!("disconnect {source} from {target}");
                    self.send(what, Command::Disconnect { source: from, destination: to });
                }
            }
            Change::PresetSet { instance, preset: Some(uri) } => {
                if let Some(plugin) = board.plugin(instance).filter(|plugin| !plugin.missing) {
                    let (instance, uri) = (plugin.number, uri.clone());
                    self.send(format!("load the preset {uri}"), Command::PresetLoad { instance, uri });
                }
            }
            Change::ParameterSet { instance, uri, value: Some(value) } => {
                if let Some(plugin) = board.plugin(instance).filter(|plugin| !plugin.missing) {
                    let (instance, property, value) = (plugin.number, uri.clone(), value.text.clone());
                    self.send(format!("set {uri}"), Command::PatchSet { instance, property, value });
                }
            }
            Change::BindingSet { port, binding } => {
                let plugin = board.plugin(&port.instance);
                let number = match plugin {
                    Some(plugin) if plugin.missing => return,
                    Some(plugin) => plugin.number,
                    None if port.instance.is_board() => GLOBAL_INSTANCE,
                    None => return,
                };
                match binding {
                    // the engine may have bound it while it learnt
                    Some(binding) if board.is_moved_here(port, binding) => {
                        self.quietly(Command::MidiUnmap {
                            instance: number,
                            symbol: port.symbol.to_string(),
                        });
                    }
                    _ => {
                        let bound = board.binding(port).is_some_and(|old| !board.is_moved_here(port, &old));
                        self.send_binding(number, &port.symbol, *binding, bound);
                    }
                }
            }
            Change::AddressingsSet { actuator, list } if actuator == SHAPES => {
                let mut after = board.clone();
                after.addressings.insert(SHAPES.to_owned(), list.clone());
                for (port, binding) in board.bindings() {
                    let number = match board.plugin(&port.instance) {
                        Some(plugin) if plugin.missing => continue,
                        Some(plugin) => plugin.number,
                        None => GLOBAL_INSTANCE,
                    };
                    match (board.is_moved_here(&port, &binding), after.is_moved_here(&port, &binding)) {
                        (false, true) => self.send_binding(number, &port.symbol, None, true),
                        (true, false) => self.send_binding(number, &port.symbol, Some(binding), false),
                        _ => {}
                    }
                }
            }
            Change::ValueSet { port, value } => {
                if let Some(tempo) = board.tempo.with(&port.symbol, *value) {
                    self.send_tempo(tempo);
                }
            }
            Change::TempoSet { tempo } => self.send_tempo(*tempo),
            Change::MidiModeSet { separated, .. } => {
                let value = i32::from(!separated);
                self.quietly(Command::FeatureEnable { feature: Feature::AggregatedMidi, value });
            }
            _ => {}
        }
    }

    fn send_tempo(&mut self, tempo: crate::session::Tempo) {
        let (rolling, bpb, bpm) = (tempo.rolling, tempo.beats_per_bar, tempo.bpm);
        self.send("set the tempo", Command::Transport { rolling, bpb, bpm });
    }

    pub(super) fn send_binding(
        &mut self,
        instance: i32,
        symbol: &str,
        binding: Option<MidiBinding>,
        bound: bool,
    ) {
        let symbol = symbol.to_owned();
        match binding {
            Some(binding) => {
                let (channel, controller) = (binding.channel.into(), binding.controller.into());
                let (minimum, maximum) = (binding.min, binding.max);
                let command = Command::MidiMap { instance, symbol, channel, controller, minimum, maximum };
                self.send("bind a controller", command);
            }
            None if bound => self.send("free a controller", Command::MidiUnmap { instance, symbol }),
            None => {}
        }
    }

    /// What a plugin has beyond its being there: values, bypass, parameters, bindings, outputs to follow.
    pub(super) fn send_rest_of(&mut self, plugin: &Arc<Plugin>) {
        let number = plugin.number;
        if let Some(uri) = &plugin.preset {
            self.send(
                format!("load the preset {uri}"),
                Command::PresetLoad { instance: number, uri: uri.clone() },
            );
        }
        let differing = plugin.spec.controls.iter().filter_map(|control| {
            let value = *plugin.values.get(control.symbol.as_str())?;
            let set = value != control.default || plugin.preset.is_some();
            set.then(|| SnapshotValue { instance: number, symbol: control.symbol.clone(), value })
        });
        let mut values: Vec<SnapshotValue> = differing.collect();
        if plugin.bypassed {
            values.push(SnapshotValue { instance: number, symbol: ControlPort::BYPASS.into(), value: 1.0 });
        }
        self.send_values(values);
        for (uri, value) in &plugin.parameters {
            let (property, value) = (uri.clone(), value.text.clone());
            self.send(format!("set {uri}"), Command::PatchSet { instance: number, property, value });
        }
        for (symbol, binding) in &plugin.midi {
            let port = ControlPort { instance: plugin.instance.clone(), symbol: symbol.clone() };
            if !self.state.board.is_moved_here(&port, binding) {
                self.send_binding(number, symbol, Some(*binding), false);
            }
        }
        self.follow(plugin);
    }

    fn follow(&mut self, plugin: &Plugin) {
        for symbol in plugin.spec.monitored.clone() {
            self.quietly(Command::MonitorOutput { instance: plugin.number, symbol });
        }
        // their values come as feedback: without them an undo would not know where it leads
        for parameter in plugin.spec.parameters.iter().filter(|parameter| parameter.writable) {
            let property = parameter.uri.clone();
            self.quietly(Command::PatchGet { instance: plugin.number, property });
        }
    }

    pub(super) fn follow_outputs(&mut self) {
        let board = self.state.board.clone();
        board.plugins.iter().filter(|plugin| !plugin.missing).for_each(|plugin| self.follow(plugin));
    }

    pub(super) fn send_sync(&mut self, mode: SyncMode) {
        let mode = match mode {
            SyncMode::Internal => mod_protocol::SyncMode::None,
            SyncMode::MidiClock => mod_protocol::SyncMode::Midi,
            SyncMode::Link => mod_protocol::SyncMode::Link,
        };
        self.send("choose the tempo's source", Command::TransportSync { mode });
    }
}
