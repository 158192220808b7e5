//! Controllers: bindings, learning, and what a moved controller does.

use super::{Core, Kind};
use crate::session::board::{Addressing, ControlPort, Instance, MidiBinding};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::mapping::{PITCH_BEND, value_at};

impl Core {
    pub(super) fn learn(&mut self, ports: Vec<(ControlPort, f32, f32)>) -> Answer {
        for (port, _, _) in &ports {
            if self.state.board.value(port).is_none() {
                return Err(SessionError::NoControl(port.clone()));
            }
        }
        // the engine learns the first; what it finds is bound to the others here
        if let Some((port, minimum, maximum)) = ports.first()
            && let Some(instance) = self.number_of(&port.instance)
        {
            let (symbol, minimum, maximum) = (port.symbol.to_string(), *minimum, *maximum);
            self.send("learn", mod_protocol::Command::MidiLearn { instance, symbol, minimum, maximum });
        }
        self.learning = ports;
        self.tell_learning();
        Ok(Done::Done)
    }

    pub(super) fn end_learning(&mut self) -> Answer {
        self.learning.clear();
        self.tell_learning();
        Ok(Done::Done)
    }

    fn tell_learning(&mut self) {
        let ports: Vec<ControlPort> = self.learning.iter().map(|(port, _, _)| port.clone()).collect();
        if ports != self.state.learning {
            self.emit(Source::Session, EventKind::Learning(ports));
        }
    }

    pub(super) fn forget_learning(&mut self, instance: &Instance) {
        self.learning.retain(|(port, _, _)| port.instance != *instance);
        self.tell_learning();
    }

    /// A controller was found for what waits.
    pub(super) fn learnt(&mut self, source: Source, channel: u8, controller: u8) {
        let waiting = std::mem::take(&mut self.learning);
        let changes: Vec<Change> = waiting
            .into_iter()
            .map(|(port, min, max)| {
                let binding = Some(MidiBinding { channel, controller, min, max });
                Change::BindingSet { port, binding }
            })
            .collect();
        self.tell_learning();
        if let Err(error) = self.change(source, "learn a controller", changes, Kind::Structure, true) {
            self.notice(source, crate::session::NoticeLevel::Warning, error.to_string());
        }
    }

    pub(super) fn bind(&mut self, source: Source, port: ControlPort, binding: Option<MidiBinding>) -> Answer {
        if self.state.board.value(&port).is_none() {
            return Err(SessionError::NoControl(port));
        }
        if let Some(binding) = binding
            && (binding.channel > 15 || binding.controller > 127 && binding.controller != PITCH_BEND)
        {
            let what = format!("channel {} with controller {}", binding.channel + 1, binding.controller);
            let reason = "channels are 1–16, controllers 0–127, or 131 for pitch bend".to_owned();
            return Err(SessionError::Unsupported { what, reason });
        }
        let label = if binding.is_some() { format!("bind {port}") } else { format!("free {port}") };
        let mut changes = self.freed(&port, None);
        changes.push(Change::BindingSet { port, binding });
        self.change(source, &label, changes, Kind::Structure, true).map(|_| Done::Done)
    }

    pub(super) fn address(&mut self, source: Source, actuator: String, addressing: Addressing) -> Answer {
        let port = addressing.port.clone();
        if self.state.board.value(&port).is_none() {
            return Err(SessionError::NoControl(port));
        }
        let label = format!("address {port}");
        let mut changes = self.freed(&port, Some(&actuator));
        changes.push(Change::BindingSet { port: port.clone(), binding: None });
        let mut list = self.state.board.addressings.get(&actuator).cloned().unwrap_or_default();
        list.retain(|other| other.port != port);
        list.push(addressing);
        changes.push(Change::AddressingsSet { actuator, list });
        self.change(source, &label, changes, Kind::Structure, true).map(|_| Done::Done)
    }

    pub(super) fn unaddress(&mut self, source: Source, port: ControlPort) -> Answer {
        let label = format!("free {port}");
        let mut changes = self.freed(&port, None);
        if self.state.board.value(&port).is_some() {
            changes.push(Change::BindingSet { port, binding: None });
        }
        self.change(source, &label, changes, Kind::Structure, true).map(|_| Done::Done)
    }

    /// What takes a control away from every actuator but `keep`.
    fn freed(&self, port: &ControlPort, keep: Option<&str>) -> Vec<Change> {
        let others = self.state.board.addressings.iter().filter(|(actuator, list)| {
            Some(actuator.as_str()) != keep && list.iter().any(|addressing| addressing.port == *port)
        });
        let without = others.map(|(actuator, list)| {
            let list = list.iter().filter(|addressing| addressing.port != *port).cloned().collect();
            Change::AddressingsSet { actuator: actuator.clone(), list }
        });
        without.collect()
    }

    pub(super) fn controller(
        &mut self,
        source: Source,
        channel: u8,
        controller: u8,
        position: u16,
    ) -> Answer {
        if !self.learning.is_empty() {
            self.learnt(source, channel, controller);
        }
        let board = &self.state.board;
        let bound = board.bindings().filter(|(_, b)| b.channel == channel && b.controller == controller);
        let changes: Vec<Change> = bound
            .map(|(port, binding)| {
                let plugin = board.plugin(&port.instance);
                let control = plugin.and_then(|plugin| plugin.spec.control(&port.symbol));
                let tempo = port.instance.is_board().then(crate::session::ControlSpec::default);
                let value = value_at(&binding, control.or(tempo.as_ref()), position);
                Change::ValueSet { port, value }
            })
            .collect();
        if changes.is_empty() && controller != PITCH_BEND {
            let value = position.min(127) as u8;
            let signal = crate::session::Signal::Controller { channel, controller, value };
            self.emit(source, EventKind::Signal(signal));
            return Ok(Done::Done);
        }
        self.change(source, "controller", changes, Kind::Play, true).map(|_| Done::Done)
    }
}
