//! MIDI and CV bindings, as the control side keeps them.

use mod_protocol::{CvMode, ErrorCode};

use super::plugins::PortCurve;
use super::slot::Slot;
use super::{GLOBAL_INSTANCE, Host, PortName};
use crate::exec::{Command, Curve, CvMapping, MAX_MAPPINGS, MidiMapping, PITCH_BEND, Target};
use crate::graph::{Node, NodeId, Signal, Sink, Source};
use crate::unit::{CvTap, UnitInfo};

/// What is bound.
#[derive(Debug, Default)]
pub(super) struct Mappings {
    pub(super) midi: Vec<MidiMapping>,
    cv: Vec<(CvMapping, i32)>,
    next_tap: i32,
    monitored: [(bool, bool); 16],
    learning: bool,
}

impl Mappings {
    /// Whether what comes over MIDI decides what is done next: a program, or a controller that is to be learnt.
    pub(super) fn listens_for_midi(&self) -> bool {
        self.learning || self.monitored.iter().any(|&(programs, controllers)| programs || controllers)
    }

    /// A controller was learnt.
    pub(super) fn learnt(&mut self, mapping: MidiMapping) {
        self.midi.retain(|other| (other.node, other.target) != (mapping.node, mapping.target));
        self.midi.push(mapping);
        self.learning = false;
    }
}

/// Instances of CV taps: beyond those that clients can name.
const FIRST_TAP: i32 = 20_000;

pub(super) fn target_of(slot: &Slot, symbol: &str) -> Option<Target> {
    match symbol {
        ":bypass" => Some(Target::Bypass),
        symbol => slot.control_index(symbol).map(|index| Target::Control(index as u16)),
    }
}

impl Host {
    fn binding(&self, instance: i32, symbol: &str, min: f32, max: f32) -> Option<MidiMapping> {
        let slot = self.slots.get(&instance)?;
        let target = target_of(slot, symbol)?;
        let curve = match target {
            Target::Bypass => Curve::Bypass,
            Target::Control(_) if instance == GLOBAL_INSTANCE && symbol == ":rolling" => Curve::Toggle,
            Target::Control(_) => match slot.control.curve(symbol) {
                PortCurve::Linear => Curve::Linear,
                PortCurve::Logarithmic => Curve::Logarithmic,
                PortCurve::Integer => Curve::Integer,
                PortCurve::Toggle => Curve::Toggle,
                PortCurve::Trigger => Curve::Trigger,
            },
        };
        let (min, max) = match (target, curve) {
            // a switch knows only its own two positions
            (Target::Control(index), Curve::Toggle | Curve::Trigger) => {
                let control = &slot.info().controls[usize::from(index)];
                (control.min, control.max)
            }
            // as `param_set`: a plugin gets nothing that it has not declared
            (Target::Control(index), _) => {
                let control = &slot.info().controls[usize::from(index)];
                let within = |value: f32| value.max(control.min).min(control.max.max(control.min));
                (within(min), within(max))
            }
            (Target::Bypass, _) => (min, max),
        };
        Some(MidiMapping { node: slot.id(), target, channel: 0, controller: 0, min, max, curve })
    }

    pub(super) fn midi_learn(&mut self, instance: i32, symbol: &str, min: f32, max: f32) -> bool {
        let Some(binding) = self.binding(instance, symbol, min, max) else { return false };
        self.send(Command::Learn(binding));
        self.mappings.learning = true;
        true
    }

    pub(super) fn midi_map(
        &mut self,
        instance: i32,
        symbol: &str,
        at: (i32, i32),
        min: f32,
        max: f32,
    ) -> bool {
        let (Ok(channel @ 0..=15), Ok(controller)) = (u8::try_from(at.0), u8::try_from(at.1)) else {
            return false;
        };
        if controller > 127 && controller != PITCH_BEND {
            return false;
        }
        let Some(binding) = self.binding(instance, symbol, min, max) else { return false };
        self.keep_mapping(MidiMapping { channel, controller, ..binding })
    }

    /// Notes a binding and tells the callback. False when the list is full.
    pub(super) fn keep_mapping(&mut self, mapping: MidiMapping) -> bool {
        self.mappings.midi.retain(|other| (other.node, other.target) != (mapping.node, mapping.target));
        if self.mappings.midi.len() >= MAX_MAPPINGS {
            return false;
        }
        self.mappings.midi.push(mapping);
        self.send(Command::Map(mapping));
        self.touched();
        true
    }

    pub(super) fn midi_unmap(&mut self, instance: i32, symbol: &str) -> bool {
        let Some(slot) = self.slots.get(&instance) else { return false };
        let Some(target) = target_of(slot, symbol) else { return false };
        let id = slot.id();
        self.mappings.midi.retain(|other| (other.node, other.target) != (id, target));
        self.mappings.learning = false;
        self.send(Command::Unmap(id, target));
        self.touched();
        true
    }

    pub(super) fn forget_mappings(&mut self, id: NodeId) {
        self.mappings.midi.retain(|mapping| mapping.node != id);
        self.mappings.learning = false;
        let taps: Vec<i32> =
            self.mappings.cv.iter().filter(|(cv, _)| cv.node == id).map(|&(_, tap)| tap).collect();
        self.mappings.cv.retain(|(cv, _)| cv.node != id);
        for tap in taps {
            self.take_off(tap);
        }
        self.send(Command::Forget(id));
    }

    /// Another instance takes a plugin's place; its bindings go along.
    pub(super) fn move_mappings(&mut self, from: NodeId, to: NodeId) {
        let moved: Vec<MidiMapping> =
            self.mappings.midi.iter().filter(|mapping| mapping.node == from).copied().collect();
        let cv: Vec<CvMapping> =
            self.mappings.cv.iter().filter(|(cv, _)| cv.node == from).map(|&(cv, _)| cv).collect();
        self.send(Command::Forget(from));
        for mapping in moved {
            self.mappings.midi.retain(|other| *other != mapping);
            self.keep_mapping(MidiMapping { node: to, ..mapping });
        }
        for (kept, _) in self.mappings.cv.iter_mut().filter(|(cv, _)| cv.node == from) {
            kept.node = to;
        }
        for mapping in cv {
            self.send(Command::MapCv(CvMapping { node: to, ..mapping }));
        }
    }

    pub(super) fn cv_map(
        &mut self,
        instance: i32,
        symbol: &str,
        source: &str,
        range: (f32, f32),
        mode: CvMode,
    ) -> Result<(), ErrorCode> {
        let slot = self.slot(instance)?;
        let binding = self.binding(instance, symbol, range.0, range.1).ok_or(ErrorCode::UnknownSymbol)?;
        let node = slot.id();
        let PortName::Effect { instance: from, symbol: port } =
            PortName::parse(source, &self.options.client_name)
        else {
            return Err(ErrorCode::AssignmentInvalid);
        };
        let giver = self.slot(from)?;
        let at = giver.info().output_symbols.iter().position(|other| *other == port);
        let at = at.filter(|&at| giver.info().outputs[at] != Signal::Atom).ok_or(ErrorCode::UnknownSymbol)?;
        let declared = giver.control.cv_range(&port);
        let cable_from = Source::Node(giver.id(), at as u16);
        let (low, high) = volts(mode, declared);
        self.cv_unmap_quietly(node, binding.target);
        let tap_instance = FIRST_TAP + self.mappings.next_tap;
        self.mappings.next_tap += 1;
        let tap = self.add_tap(tap_instance);
        self.cables.push(super::Cable { source: cable_from, sink: Sink::Node(tap, 0) });
        let mapping = CvMapping {
            tap,
            node,
            target: binding.target,
            from: low,
            to: high,
            min: binding.min,
            max: binding.max,
            curve: binding.curve,
        };
        self.mappings.cv.push((mapping, tap_instance));
        self.send(Command::MapCv(mapping));
        self.changed();
        Ok(())
    }

    pub(super) fn cv_unmap(&mut self, instance: i32, symbol: &str) -> Result<(), ErrorCode> {
        let slot = self.slot(instance)?;
        let target = target_of(slot, symbol).ok_or(ErrorCode::UnknownSymbol)?;
        let node = slot.id();
        if !self.cv_unmap_quietly(node, target) {
            return Err(ErrorCode::AssignmentUnused);
        }
        self.changed();
        Ok(())
    }

    fn cv_unmap_quietly(&mut self, node: NodeId, target: Target) -> bool {
        let at = self.mappings.cv.iter().position(|(cv, _)| cv.node == node && cv.target == target);
        let Some(at) = at else { return false };
        let (_, tap) = self.mappings.cv.remove(at);
        self.send(Command::UnmapCv(node, target));
        self.take_off(tap);
        true
    }

    /// A node that only listens: to CV for a binding, to audio for a level meter.
    pub(super) fn add_tap(&mut self, instance: i32) -> NodeId {
        let id = self.new_id();
        let info: UnitInfo = CvTap::info();
        let node =
            Node { id, inputs: info.inputs.clone(), outputs: vec![], in_place: false, latency: 0, cost: 1 };
        let slot = self.builtin(node, instance, info, Box::new(CvTap::default()));
        self.slots.insert(instance, slot);
        id
    }

    pub(super) fn monitor_midi(&mut self, channel: i32, programs: Option<bool>, controllers: Option<bool>) {
        let Some(entry) =
            usize::try_from(channel).ok().and_then(|channel| self.mappings.monitored.get_mut(channel))
        else {
            return;
        };
        entry.0 = programs.unwrap_or(entry.0);
        entry.1 = controllers.unwrap_or(entry.1);
        let (programs, controllers) = *entry;
        self.send(Command::Monitor { channel: channel as u8, programs, controllers });
    }
}

/// Voltages at the two ends of a binding.
fn volts(mode: CvMode, declared: Option<(f32, f32)>) -> (f32, f32) {
    let reach = declared.map_or(1.0, |(low, high)| low.abs().max(high.abs()));
    match mode {
        CvMode::Negative => (-reach, 0.0),
        CvMode::Positive => (0.0, reach),
        CvMode::Bipolar => (-reach, reach),
        CvMode::Source => declared.unwrap_or((-5.0, 5.0)),
    }
}
