//! Controllers: bindings, learning, and what a moved controller does.

use super::{Core, Kind};
use crate::session::board::{Addressing, ControlPort, Instance, MidiBinding};
use crate::session::change::Change;
use crate::session::division::{TEMPO, can_follow};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::mapping::PITCH_BEND;
use crate::session::shape::{Press, SHAPES, Shape};

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
        self.engine_learns_no_more();
        self.learning.clear();
        self.tell_learning();
        Ok(Done::Done)
    }

    /// The engine would bind the next controller that is moved. Freeing the control ends that; what it was bound to before
    /// it gets again.
    fn engine_learns_no_more(&mut self) {
        let Some((port, _, _)) = self.learning.first().cloned() else { return };
        let Some(instance) = self.number_of(&port.instance) else { return };
        self.quietly(mod_protocol::Command::MidiUnmap { instance, symbol: port.symbol.to_string() });
        let board = &self.state.board;
        if let Some(binding) = board.binding(&port).filter(|binding| !board.is_moved_here(&port, binding)) {
            self.send_binding(instance, &port.symbol, Some(binding), false);
        }
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
        if source != Source::Engine {
            self.engine_learns_no_more();
        }
        let waiting = std::mem::take(&mut self.learning);
        let changes: Vec<Change> = waiting
            .into_iter()
            // an undo may have taken a plugin off meanwhile: the others are bound all the same
            .filter(|(port, _, _)| self.state.board.value(port).is_some())
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
        if actuator == SHAPES {
            return self.shape(source, port, Shape::of(&addressing));
        }
        let control =
            self.state.board.plugin(&port.instance).and_then(|plugin| plugin.spec.control(&port.symbol));
        let unit = control.map_or("", |control| control.unit.as_str());
        if actuator == TEMPO && !can_follow(unit) {
            let what = format!("tempo for {port}");
            let reason =
                "it follows only where the unit is a time or a rate: s, ms, min, Hz or BPM".to_owned();
            return Err(SessionError::Unsupported { what, reason });
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
            changes.push(Change::BindingSet { port: port.clone(), binding: None });
        }
        changes.push(self.shaped(&port, Shape::default()));
        self.change(source, &label, changes, Kind::Structure, true).map(|_| Done::Done)
    }

    /// Gives a control a shape; it keeps it when it gets another controller.
    pub(super) fn shape(&mut self, source: Source, port: ControlPort, shape: Shape) -> Answer {
        if self.state.board.value(&port).is_none() {
            return Err(SessionError::NoControl(port));
        }
        let change = self.shaped(&port, shape);
        self.change(source, &format!("shape {port}"), vec![change], Kind::Structure, true).map(|_| Done::Done)
    }

    fn shaped(&self, port: &ControlPort, shape: Shape) -> Change {
        let mut list = self.state.board.addressings.get(SHAPES).cloned().unwrap_or_default();
        list.retain(|other| other.port != *port);
        if !shape.is_usual() {
            list.push(shape.addressing(port.clone()));
        }
        Change::AddressingsSet { actuator: SHAPES.to_owned(), list }
    }

    /// What takes a control away from every actuator but `keep`; its shape stays.
    fn freed(&self, port: &ControlPort, keep: Option<&str>) -> Vec<Change> {
        let others = self.state.board.addressings.iter().filter(|(actuator, list)| {
            actuator.as_str() != SHAPES
                && Some(actuator.as_str()) != keep
                && list.iter().any(|addressing| addressing.port == *port)
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
        let (changes, bound) = self.driven(source, channel, controller, position, |_, _| true);
        if !bound && controller != PITCH_BEND {
            let value = position.min(127) as u8;
            let signal = crate::session::Signal::Controller { channel, controller, value };
            self.emit(source, EventKind::Signal(signal));
            return Ok(Done::Done);
        }
        self.change(source, "controller", changes, Kind::Play, true).map(|_| Done::Done)
    }

    /// What a controller at this position does to the controls that are bound to it and that `pick` takes (the control,
    /// and whether the session moves it rather than the engine); and whether there is any.
    pub(super) fn driven(
        &mut self,
        source: Source,
        channel: u8,
        controller: u8,
        position: u16,
        pick: impl Fn(&ControlPort, bool) -> bool,
    ) -> (Vec<Change>, bool) {
        let full: u16 = if controller == PITCH_BEND { 16383 } else { 127 };
        let is_down = position > full / 2;
        let was_down = match is_down {
            true => !self.down.insert((channel, controller)),
            false => self.down.remove(&(channel, controller)),
        };
        let board = &self.state.board;
        let mut changes = Vec::new();
        let mut any = false;
        for (port, binding) in board.bindings() {
            let ours = (binding.channel, binding.controller) == (channel, controller);
            if !ours || !pick(&port, board.is_moved_here(&port, &binding)) {
                continue;
            }
            any = true;
            let shape = board.shape(&port);
            // the pedal's own switches send on with one press and off with the next: they turn over by themselves
            let value = if shape.press == Press::Turn && source != Source::Hardware {
                if !is_down || was_down {
                    continue;
                }
                let (low, high) = if port.is_bypass() { (0.0, 1.0) } else { (binding.min, binding.max) };
                let now = board.value(&port).unwrap_or(low);
                if (now - low).abs() <= (now - high).abs() { high } else { low }
            } else {
                let plugin = board.plugin(&port.instance);
                let control = plugin.and_then(|plugin| plugin.spec.control(&port.symbol));
                let tempo = port.instance.is_board().then(crate::session::ControlSpec::default);
                shape.value(&binding, control.or(tempo.as_ref()), position)
            };
            changes.push(Change::ValueSet { port, value });
        }
        (changes, any)
    }
}
