//! What the engine tells by itself.

use std::sync::Arc;

use mod_protocol::{FaultKind, Feedback, GLOBAL_INSTANCE};

use super::{Core, Kind};
use crate::session::board::{ControlPort, Instance, Value};
use crate::session::change::Change;
use crate::session::event::{EventKind, Signal};
use crate::session::health::Health;
use crate::session::intent::Source;
use crate::session::state::NoticeLevel;

impl Core {
    pub(super) fn fed_back(&mut self, feedback: Feedback) {
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

    pub(super) fn port(&self, number: i32, symbol: &str) -> Option<ControlPort> {
        if number == GLOBAL_INSTANCE {
            return Some(ControlPort::new(Instance::board(), symbol));
        }
        let plugin = self.state.board.numbered(number)?;
        Some(ControlPort::new(plugin.instance.clone(), symbol))
    }
}
