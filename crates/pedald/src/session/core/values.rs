//! Values of controls, parameters and the tempo.

use mod_protocol::Command;

use super::Core;
use crate::session::board::{ControlPort, Instance, Tempo, Value};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::event::{EventKind, Signal};
use crate::session::intent::{Answer, Done, Source};
use crate::session::spec::ControlKind;

impl Core {
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

    pub(super) fn set_tempo(&mut self, source: Source, set: impl FnOnce(&mut Tempo)) -> Answer {
        let mut tempo = self.state.board.tempo;
        set(&mut tempo);
        self.edit(source, "tempo", vec![Change::TempoSet { tempo: tempo.limited() }])
    }
}
