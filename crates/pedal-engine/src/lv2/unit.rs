//! The real-time half of an LV2 plugin as a unit.

use lv2_host::atom::{Position, Sequence};
use lv2_host::{BlockLength, Designation, Known, Outcome, PortKind, Runner};

use super::describe::signal_ports;
use super::message::{Receiver, Sender, ring};
use crate::events::{EventBuffer, EventKind};
use crate::exec::Transport;
use crate::graph::Signal;
use crate::unit::{Unit, UnitInfo, UnitIo, pass};

/// The control half's ends of the rings.
pub(super) struct Rings {
    pub(super) to_plugin: Sender,
    pub(super) from_plugin: Receiver,
}

/// An LV2 plugin in the callback.
pub(super) struct Lv2Unit {
    runner: Runner,
    inputs: Vec<(u32, Signal)>,
    outputs: Vec<(u32, Signal)>,
    /// Kinds of inputs and outputs, for passing through.
    kinds: (Vec<Signal>, Vec<Signal>),
    controls: Vec<u32>,
    control_outputs: Vec<u32>,
    designated: Vec<(u32, Designation)>,
    time_port: Option<u32>,
    message_port: Option<u32>,
    known: Known,
    from_host: Receiver,
    to_host: Sender,
    told: Option<(u32, u64)>,
    freewheel: bool,
    ending_notes: bool,
}

impl Lv2Unit {
    pub(super) fn new(runner: Runner, info: &UnitInfo, known: Known) -> (Self, Rings) {
        let plugin = runner.info().clone();
        let (to_plugin, from_host) = ring();
        let (to_host, from_plugin) = ring();
        let ports = |inputs| signal_ports(&plugin, inputs).map(|(port, kind)| (port.index, kind)).collect();
        let index_of = |symbols: &mut dyn Iterator<Item = &String>| -> Vec<u32> {
            symbols.filter_map(|symbol| plugin.port(symbol)).map(|port| port.index).collect()
        };
        let designated = plugin
            .ports_of(PortKind::ControlIn)
            .filter_map(|port| port.designation.map(|designation| (port.index, designation)))
            .filter(|(_, designation)| !matches!(designation, Designation::Enabled | Designation::Control))
            .collect();
        let unit = Self {
            inputs: ports(true),
            outputs: ports(false),
            kinds: (info.inputs.clone(), info.outputs.clone()),
            controls: index_of(&mut info.controls.iter().map(|control| &control.symbol)),
            control_outputs: index_of(&mut info.control_outputs.iter()),
            designated,
            time_port: plugin.ports_of(PortKind::AtomIn).find(|port| port.supports.time).map(|p| p.index),
            message_port: plugin.control_input().map(|port| port.index),
            known,
            from_host,
            to_host,
            told: None,
            freewheel: false,
            ending_notes: false,
            runner,
        };
        (unit, Rings { to_plugin, from_plugin })
    }

    /// What comes with the start of a block: mode, tempo, messages, the end of notes.
    fn start_block(&mut self, io: &UnitIo<'_>) {
        let block = io.block();
        if block.freewheel != self.freewheel {
            self.freewheel = block.freewheel;
            self.runner.set_freewheel(block.freewheel);
            self.designate(Designation::FreeWheeling, f32::from(u8::from(block.freewheel)));
        }
        self.tell_time(&block.transport);
        if std::mem::take(&mut self.ending_notes) {
            let midi = self.known.midi_event;
            for &(port, _) in self.inputs.iter().filter(|(_, kind)| *kind == Signal::Atom) {
                let Some(events) = self.runner.events_in(port) else { continue };
                for channel in 0..16 {
                    for controller in [64, 123, 120] {
                        events.push(0, midi, &[0xb0 | channel, controller, 0]);
                    }
                }
            }
        }
        if let Some(port) = self.message_port {
            while let Some((kind, body)) = self.from_host.receive() {
                if let Some(events) = self.runner.events_in(port) {
                    events.push(0, kind, body);
                }
            }
        }
    }

    fn designate(&mut self, wanted: Designation, value: f32) {
        for &(port, designation) in &self.designated {
            if designation == wanted {
                self.runner.set_control(port, value);
            }
        }
    }

    fn tell_time(&mut self, transport: &Transport) {
        let speed = f32::from(u8::from(transport.rolling));
        if !self.designated.is_empty() {
            for (designation, value) in [
                (Designation::BeatsPerMinute, transport.bpm as f32),
                (Designation::BeatsPerBar, transport.beats_per_bar),
                (Designation::BeatUnit, 4.0),
                (Designation::Bar, transport.bar() as f32),
                (Designation::BarBeat, transport.beat_in_bar() as f32),
                (Designation::Beat, transport.beat as f32),
                (Designation::Frame, transport.frame as f32),
                (Designation::Speed, speed),
            ] {
                self.designate(designation, value);
            }
        }
        let jumped =
            self.told.is_none_or(|(version, frame)| version != transport.version || frame != transport.frame);
        if let Some(port) = self.time_port.filter(|_| jumped) {
            let position = Position {
                frame: transport.frame as i64,
                speed,
                bar: transport.bar() as i64,
                bar_beat: transport.beat_in_bar() as f32,
                beat_unit: 4,
                beats_per_bar: transport.beats_per_bar,
                beats_per_minute: transport.bpm as f32,
            };
            let mut bytes = [0; Position::SIZE];
            let body = position.write(&mut bytes, &self.known);
            if let Some(events) = self.runner.events_in(port) {
                events.push(0, self.known.atom_object, body);
            }
        }
    }

    fn take_events(&mut self, io: &UnitIo<'_>) {
        let span = io.from() as u32..(io.from() + io.frames()) as u32;
        for (number, &(port, _)) in
            self.inputs.iter().enumerate().filter(|(_, (_, kind))| *kind == Signal::Atom)
        {
            let (Some(source), Some(events)) = (io.events_in(number), self.runner.events_in(port)) else {
                continue;
            };
            for event in source.iter().filter(|event| span.contains(&event.frame)) {
                let kind = match event.kind {
                    EventKind::Midi => self.known.midi_event,
                    EventKind::Atom(kind) => kind,
                };
                events.push(i64::from(event.frame - span.start), kind, event.bytes);
            }
        }
    }

    fn give_events(&mut self, io: &UnitIo<'_>) {
        for (number, &(port, _)) in
            self.outputs.iter().enumerate().filter(|(_, (_, kind))| *kind == Signal::Atom)
        {
            let Some(events) = self.runner.events_out(port) else { continue };
            if events.is_empty() {
                continue;
            }
            if let Some(mut target) = io.events_out(number) {
                give(events, &mut target, io, &self.known, &mut self.to_host);
            }
        }
    }
}

fn give(events: &Sequence, target: &mut EventBuffer, io: &UnitIo<'_>, known: &Known, to_host: &mut Sender) {
    let last = io.frames().saturating_sub(1) as i64;
    for event in events.iter() {
        let frame = event.frame.clamp(0, last) as u32 + io.from() as u32;
        if event.kind == known.midi_event {
            target.push(frame, EventKind::Midi, event.body);
        } else {
            target.push(frame, EventKind::Atom(event.kind), event.body);
            to_host.send(event.kind, event.body);
        }
    }
}

impl Unit for Lv2Unit {
    fn run(&mut self, io: &UnitIo<'_>) {
        if io.is_first() {
            self.start_block(io);
        }
        self.take_events(io);
        let mut block = self.runner.block(io.frames() as u32);
        let signals = |(_, (_, kind)): &(usize, &(u32, Signal))| *kind != Signal::Atom;
        for (number, &(port, _)) in self.inputs.iter().enumerate().filter(signals) {
            block.lend(port, io.input(number));
        }
        for (number, &(port, _)) in self.outputs.iter().enumerate().filter(signals) {
            block.lend(port, io.output(number));
        }
        if block.run() == Outcome::Ran {
            self.give_events(io);
        } else {
            pass(&self.kinds.0, &self.kinds.1, io);
        }
        let transport = &io.block().transport;
        let moved = if transport.rolling { (io.from() + io.frames()) as u64 } else { 0 };
        self.told = Some((transport.version, transport.frame + moved));
    }

    fn set_control(&mut self, index: usize, value: f32) {
        if let Some(&port) = self.controls.get(index) {
            self.runner.set_control(port, value);
        }
    }

    fn control_output(&self, index: usize) -> f32 {
        self.control_outputs.get(index).map_or(0.0, |&port| self.runner.control(port))
    }

    fn latency(&self) -> u32 {
        self.runner.latency()
    }

    fn longest_block(&self) -> usize {
        self.runner.max_frames() as usize
    }

    fn set_max_frames(&mut self, frames: usize) {
        self.runner.set_block_length(BlockLength::of_period(frames as u32));
    }

    fn end_notes(&mut self) {
        self.ending_notes = true;
    }
}
