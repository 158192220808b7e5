//! Commands to the engine, and what it says.

use std::sync::Arc;
use std::time::Duration;

use mod_protocol::{Command, ErrorCode, FaultKind, Feature, Feedback, GLOBAL_INSTANCE, Reply, SnapshotValue};

use super::boards::Target;
use super::edit::EngineDown;
use super::{Core, Effect, Kind, ReplyTo, Ticket, Waiting};
use crate::engine::{EngineBoard, EngineEvent, jack_name};
use crate::session::board::{Board, ControlPort, Instance, MidiBinding, Plugin, Value};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::{EventKind, Signal};
use crate::session::health::{Health, PluginCost};
use crate::session::intent::{Done, Source};
use crate::session::shape::SHAPES;
use crate::session::state::{EngineState, NoticeLevel, SyncMode};

/// How often the engine is asked for times and load.
const STATS: Duration = Duration::from_secs(1);

/// Most values in one `x_snapshot`: the longest message has 64 KiB.
const SNAPSHOT_VALUES: usize = 600;

impl Core {
    pub(super) fn engine_down(&self) -> EngineDown {
        match &self.state.engine {
            EngineState::Down(reason) => EngineDown::Yes(SessionError::NoEngine(reason.clone())),
            _ => EngineDown::No,
        }
    }

    /// Sends a command of which only a failure is of interest.
    pub(super) fn send(&mut self, what: impl Into<String>, command: Command) {
        if matches!(self.engine_down(), EngineDown::Yes(_)) {
            return;
        }
        let inverted = command.reply_style() == mod_protocol::ReplyStyle::Inverted;
        let ticket = self.ticket(Waiting::Command { what: what.into(), inverted });
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
        if matches!(self.engine_down(), EngineDown::Yes(_)) {
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

    /// Sends a command whose failure is of no interest.
    pub(super) fn quietly(&mut self, command: Command) {
        if matches!(self.engine_down(), EngineDown::Yes(_)) {
            return;
        }
        let ticket = self.ticket(Waiting::Unload);
        self.effects.push(Effect::Command(ticket, command));
    }

    pub(super) fn send_sync(&mut self, mode: SyncMode) {
        let mode = match mode {
            SyncMode::Internal => mod_protocol::SyncMode::None,
            SyncMode::MidiClock => mod_protocol::SyncMode::Midi,
            SyncMode::Link => mod_protocol::SyncMode::Link,
        };
        self.send("choose the tempo's source", Command::TransportSync { mode });
    }

    pub(super) fn engine_says(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Up => self.engine_up(),
            EngineEvent::Down(reason) => self.engine_lost(reason),
            EngineEvent::Reply { ticket, reply } => self.replied(ticket, &reply),
            EngineEvent::Feedback(feedback) => self.fed_back(feedback),
        }
    }

    fn engine_up(&mut self) {
        self.emit(Source::Engine, EventKind::Engine(EngineState::Connecting));
        self.quietly(Command::XEvents { enable: true });
        for channel in 0..16 {
            self.quietly(Command::MonitorMidiProgram { channel, enable: true });
            self.quietly(Command::MonitorMidiControl { channel, enable: true });
        }
        if self.state.sync != SyncMode::Internal {
            self.send_sync(self.state.sync);
        }
        if self.state.tuner.silences() {
            self.quietly(Command::XMute { enable: true });
        }
        // until the disk was read, the engine plays on what it came up with; and a board that is being read comes to it
        if self.started && !self.is_reading() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
    }

    pub(super) fn running(&mut self) {
        if matches!(self.engine_down(), EngineDown::No) && !self.state.engine.is_running() {
            self.emit(Source::Engine, EventKind::Engine(EngineState::Running));
            self.stats_at = self.now;
        }
    }

    fn engine_lost(&mut self, reason: String) {
        let state = EngineState::Down(reason.clone());
        if self.state.engine != state {
            self.emit(Source::Engine, EventKind::Engine(state));
        }
        let lost = std::mem::take(&mut self.waiting);
        let mut loads = Vec::new();
        for (ticket, waiting) in lost {
            match waiting {
                Waiting::Load(load) if load.read_already() => loads.push(load),
                waiting @ (Waiting::Disk { .. } | Waiting::Save { .. } | Waiting::Load(_)) => {
                    self.waiting.insert(ticket, waiting);
                }
                Waiting::Add { change: Change::PluginAdded { plugin, .. }, reply, .. } => {
                    // it is on the board, and the engine gets it with the board
                    self.answer(reply, Ok(Done::Plugin(plugin)));
                }
                Waiting::Connect { reply, .. } => self.answer(reply, Ok(Done::Done)),
                Waiting::StateSave { bundle, title, reply } => {
                    self.answer(reply, Ok(Done::Saved { bundle, title }));
                }
                Waiting::Preset { reply, .. } | Waiting::StorePreset { reply, .. } => {
                    self.answer(reply, Err(SessionError::NoEngine(reason.clone())));
                }
                _ => {}
            }
        }
        self.forget_slots();
        for load in loads {
            self.load_without_engine(load);
        }
        self.go_on();
    }

    fn replied(&mut self, ticket: Ticket, reply: &Reply) {
        match self.waiting.remove(&ticket) {
            Some(Waiting::Command { what, inverted }) => {
                if let Some(reason) = failure(reply, inverted) {
                    let error = SessionError::Engine { what, reason };
                    self.notice(Source::Engine, NoticeLevel::Warning, error.to_string());
                }
            }
            Some(Waiting::Add { change, undo, source, reply: to }) => {
                let Change::PluginAdded { plugin, .. } = &change else { return };
                match failure(reply, false) {
                    None => self.answer(to, Ok(Done::Plugin(plugin.clone()))),
                    Some(reason) => {
                        let what = format!("add {}", plugin.spec.name);
                        self.add_failed(&change, undo, source);
                        let error = SessionError::Engine { what, reason };
                        self.notice(source, NoticeLevel::Error, error.to_string());
                        self.answer(to, Err(error));
                    }
                }
            }
            Some(Waiting::Connect { change, undo, source, reply: to }) => match failure(reply, false) {
                None => self.answer(to, Ok(Done::Done)),
                Some(reason) => {
                    let error = self.connect_failed(&change, undo, source, reason);
                    self.answer(to, Err(error));
                }
            },
            Some(Waiting::StateSave { bundle, title, reply: to }) => {
                if let Some(reason) = failure(reply, false) {
                    let error = SessionError::Engine { what: "store the plugins' state".into(), reason };
                    self.notice(Source::Engine, NoticeLevel::Warning, error.to_string());
                }
                self.answer(to, Ok(Done::Saved { bundle, title }));
            }
            Some(Waiting::PresetAsked) => {
                let Some(reason) = failure(reply, false) else { return };
                // what the running board says now is of no interest
                let asked = self.waiting.remove(&(ticket + 1));
                let Some(Waiting::Preset { uri, source, reply: to, .. }) = asked else { return };
                let error = SessionError::Engine { what: format!("load the preset {uri}"), reason };
                self.notice(source, NoticeLevel::Error, error.to_string());
                self.answer(to, Err(error));
                self.go_on();
            }
            Some(Waiting::Load(load)) => self.load_answered(load, reply),
            Some(Waiting::Preload { bundle, slot, read, memory }) => {
                self.preload_answered(bundle, slot, read, memory, self.memory, reply);
            }
            Some(Waiting::Preset { instance, uri, source, reply: to }) => {
                let answer = match reply {
                    Reply::Text(text) => serde_json::from_str::<EngineBoard>(text)
                        .map_err(|error| error.to_string())
                        .map_err(|reason| SessionError::Engine { what: "tell its board".into(), reason })
                        .and_then(|board| self.preset_loaded(instance, uri, source, &board)),
                    other => Err(SessionError::Engine {
                        what: "tell its board".into(),
                        reason: failure(other, false).unwrap_or_default(),
                    }),
                };
                self.answer(to, answer);
                self.go_on();
            }
            Some(Waiting::StorePreset { instance, bundle, uri, source, reply: to }) => {
                let answer = match failure(reply, false) {
                    None => self.preset_saved(instance, bundle, uri, source),
                    Some(reason) => Err(SessionError::Engine { what: "store the preset".into(), reason }),
                };
                self.answer(to, answer);
            }
            Some(Waiting::Stats) => self.take_stats(reply),
            Some(Waiting::Unload) | None => {}
            Some(other @ (Waiting::Disk { .. } | Waiting::Save { .. })) => {
                self.waiting.insert(ticket, other);
            }
        }
    }

    fn fed_back(&mut self, feedback: Feedback) {
        match feedback {
            Feedback::ParamSet { instance, symbol, value } => {
                if let Some(port) = self.port(instance, &symbol) {
                    self.played(vec![Change::ValueSet { port: port.clone(), value }]);
                    self.follow_controller(&port, value);
                }
            }
            Feedback::OutputSet { instance, symbol, value } => {
                if let Some(port) = self.port(instance, &symbol)
                    && self.state.outputs.get(&port) != Some(&value)
                {
                    self.emit(Source::Engine, EventKind::Output(port, value));
                }
            }
            Feedback::MidiMapped { instance, symbol, channel, controller, value, minimum, maximum } => {
                let (Ok(channel), Ok(controller)) = (u8::try_from(channel), u8::try_from(controller)) else {
                    return;
                };
                if self.learning.is_empty()
                    && let Some(port) = self.port(instance, &symbol)
                {
                    self.learning = vec![(port, minimum, maximum)];
                }
                self.learnt(Source::Engine, channel, controller);
                if let Some(port) = self.port(instance, &symbol) {
                    self.played(vec![Change::ValueSet { port, value }]);
                }
            }
            Feedback::MidiControlChange { channel, controller, value } => {
                let [channel, controller, value] =
                    [channel, controller, value].map(|number| number.clamp(0, 127) as u8);
                self.emit(
                    Source::Engine,
                    EventKind::Signal(Signal::Controller { channel, controller, value }),
                );
                // the engine may have forgotten that it was to learn: it was started anew, or its plugin has gone
                if !self.learning.is_empty() {
                    self.learnt(Source::Engine, channel, controller);
                }
                let (changes, _) =
                    self.driven(Source::Engine, channel, controller, value.into(), |_, here| here);
                self.moved(changes);
            }
            Feedback::MidiProgramChange { program, channel } => {
                let [program, channel] = [program, channel].map(|number| number.clamp(0, 127) as u8);
                self.emit(Source::Engine, EventKind::Signal(Signal::Program { channel, program }));
            }
            Feedback::Transport { rolling, bpb, bpm } => {
                let tempo = crate::session::Tempo { bpm, beats_per_bar: bpb, rolling };
                self.played(vec![Change::TempoSet { tempo: tempo.limited() }]);
                let values = self.state.board.tempo_values();
                self.moved(values);
            }
            Feedback::PatchSet { instance, property, value } => {
                if let Some(plugin) = self.state.board.numbered(instance) {
                    let line = value.to_string();
                    let kind = value.kind().letter();
                    let value = Some(Value { kind, text: line });
                    let (instance, uri) = (plugin.instance.clone(), property);
                    self.played(vec![Change::ParameterSet { instance, uri, value }]);
                }
            }
            Feedback::Log { level, text } => {
                self.emit(Source::Engine, EventKind::Signal(Signal::Log { level, text }));
            }
            Feedback::XFault { instance, uri, kind, detail } => self.fault(instance, uri, kind, detail),
            Feedback::XXrun { instance, .. } => {
                let blame = self.state.board.numbered(instance).map(|plugin| plugin.instance.clone());
                let health = Health { xrun_blame: blame, ..(*self.state.health).clone() };
                self.emit(Source::Engine, EventKind::Health(Arc::new(health)));
            }
            _ => {}
        }
    }

    /// The engine moves the first control that a MIDI controller is bound to. The others follow here.
    fn follow_controller(&mut self, port: &ControlPort, value: f32) {
        let board = &self.state.board;
        let Some(binding) = board.binding(port).filter(|binding| !board.is_moved_here(port, binding)) else {
            return;
        };
        let plugin = board.plugin(&port.instance);
        let control = plugin.and_then(|plugin| plugin.spec.control(&port.symbol)).cloned();
        let of_board = port.instance.is_board().then(crate::session::ControlSpec::default);
        let position = crate::session::position_of(&binding, control.or(of_board).as_ref(), value);
        let (channel, controller) = (binding.channel, binding.controller);
        let (changes, _) =
            self.driven(Source::Engine, channel, controller, position, |other, _| other != port);
        self.moved(changes);
    }

    /// What a controller moves that the engine leaves to us.
    fn moved(&mut self, changes: Vec<Change>) {
        if let Err(error) = self.change(Source::Engine, "", changes, Kind::Play, true) {
            tracing::debug!(%error, "a bound control is not on the board");
        }
    }

    fn fault(&mut self, instance: i32, uri: String, kind: FaultKind, detail: String) {
        let plugin = self.state.board.numbered(instance).cloned();
        let name = plugin.as_ref().map_or(uri.as_str(), |plugin| plugin.spec.name.as_str()).to_owned();
        let instance = plugin.map(|plugin| plugin.instance.clone());
        if matches!(kind, FaultKind::NotFinite | FaultKind::Overrun | FaultKind::Failed) {
            self.notice(Source::Engine, NoticeLevel::Warning, format!("{name}: {detail}"));
        }
        let kind = kind.word().to_owned();
        self.emit(Source::Engine, EventKind::Signal(Signal::Fault { instance, uri, kind, detail }));
    }

    /// The engine has changed something by itself.
    fn played(&mut self, changes: Vec<Change>) {
        if let Err(error) = self.change(Source::Engine, "", changes, Kind::Play, false) {
            tracing::debug!(%error, "feedback about something that is not on the board");
        }
    }

    fn port(&self, number: i32, symbol: &str) -> Option<ControlPort> {
        if number == GLOBAL_INSTANCE {
            return Some(ControlPort::new(Instance::board(), symbol));
        }
        let plugin = self.state.board.numbered(number)?;
        Some(ControlPort::new(plugin.instance.clone(), symbol))
    }

    pub(super) fn ask_stats(&mut self) {
        if self.now < self.stats_at {
            return;
        }
        self.stats_at = self.now + STATS;
        if self.state.engine.is_running()
            && !self.waiting.values().any(|waiting| matches!(waiting, Waiting::Stats))
        {
            let ticket = self.ticket(Waiting::Stats);
            self.effects.push(Effect::Command(ticket, Command::XStats {}));
        }
    }

    fn take_stats(&mut self, reply: &Reply) {
        let Reply::Text(text) = reply else { return };
        let Ok(stats) = serde_json::from_str::<Stats>(text) else { return };
        let period_us = f64::from(stats.period) / f64::from(stats.sample_rate.max(1)) * 1e6;
        let percent = |us: f64| if period_us > 0.0 { (us / period_us * 100.0) as f32 } else { 0.0 };
        let mut plugins = std::collections::BTreeMap::new();
        for entry in &stats.plugins {
            let Some(plugin) = self.state.board.numbered(entry.instance) else { continue };
            let cost = PluginCost {
                p50_us: entry.times.p50_us as f32,
                p99_us: entry.times.p99_us as f32,
                max_us: entry.times.max_us as f32,
                percent: percent(entry.times.p99_us),
                cut_off: entry.cut_off,
                latency_frames: entry.latency_frames,
            };
            self.costs.insert(plugin.spec.uri.clone(), percent(entry.times.p50_us));
            plugins.insert(plugin.instance.clone(), cost);
        }
        let old = self.state.health.clone();
        let xruns_zero = if stats.xruns < old.xruns { 0 } else { old.xruns_zero };
        let lost = stats.xruns.saturating_sub(old.xruns);
        if lost > 0 && old.sample_rate != 0 {
            self.xrun_times.push((self.now, lost));
        }
        let now = self.now;
        self.xrun_times.retain(|(at, _)| now.saturating_sub(*at) < Duration::from_secs(900));
        let recent = |minutes: u64| {
            let within = Duration::from_secs(60 * minutes);
            let times = self.xrun_times.iter().filter(|(at, _)| now.saturating_sub(*at) < within);
            times.map(|(_, count)| count).sum()
        };
        let health = Health {
            blocks: stats.blocks,
            load_percent: stats.load_percent,
            load_max_percent: stats.load_max_percent,
            load_p99_percent: percent(stats.callback.p99_us),
            xruns: stats.xruns,
            xruns_zero,
            xruns_recent: [recent(1), recent(5), recent(15)],
            limited_blocks: stats.limited_blocks,
            sample_rate: stats.sample_rate,
            period: stats.period,
            plugins,
            ..(*old).clone()
        };
        self.emit(Source::Engine, EventKind::Health(Arc::new(health)));
    }

    /// What the system tells about itself.
    pub(super) fn system(&mut self, system: &Health) {
        let health = Health {
            temperature: system.temperature,
            cpu_mhz: system.cpu_mhz,
            memory_percent: system.memory_percent,
            throttled: system.throttled.clone(),
            ..(*self.state.health).clone()
        };
        if health != *self.state.health {
            self.emit(Source::Session, EventKind::Health(Arc::new(health)));
        }
    }
}

/// The sentence of a reply that tells of a failure.
fn failure(reply: &Reply, inverted: bool) -> Option<String> {
    match reply {
        Reply::Status(1) if inverted => None,
        Reply::Status(_) if inverted => Some("it cannot be followed or bound".into()),
        Reply::Status(code) if *code < 0 => Some(
            ErrorCode::ALL
                .iter()
                .find(|error| error.code() == *code)
                .map_or_else(|| format!("error {code}"), ToString::to_string),
        ),
        Reply::NotFound => Some("it does not know this command; update it".into()),
        other if other.is_error() => Some(format!("it did not understand the command ({other:?})")),
        _ => None,
    }
}

#[derive(serde::Deserialize)]
struct Stats {
    sample_rate: u32,
    period: u32,
    #[serde(default)]
    blocks: u64,
    xruns: u64,
    load_percent: f32,
    load_max_percent: f32,
    limited_blocks: u64,
    callback: Times,
    plugins: Vec<PluginStats>,
}

#[derive(serde::Deserialize)]
struct Times {
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
}

#[derive(serde::Deserialize)]
struct PluginStats {
    instance: i32,
    #[serde(flatten)]
    times: Times,
    #[serde(default)]
    cut_off: bool,
    #[serde(default)]
    latency_frames: u32,
}
