//! Units of our own: the stand-in for a missing plugin, and what tests and measurements are built of.

use super::{ControlInput, Unit, UnitInfo, UnitIo};
use crate::exec::kernel;
use crate::graph::Signal;

/// Stands for a plugin that is not installed: output `i` is input `i`, further outputs repeat the last input.
#[derive(Debug)]
pub struct PassThrough {
    inputs: Vec<Signal>,
    outputs: Vec<Signal>,
}

impl PassThrough {
    /// A stand-in with the ports of `info`.
    pub fn new(info: &UnitInfo) -> Self {
        Self { inputs: info.inputs.clone(), outputs: info.outputs.clone() }
    }

    /// A stand-in for `uri` with ports of the given kinds, named `in_1…` and `out_1…`.
    pub fn info(uri: &str, inputs: Vec<Signal>, outputs: Vec<Signal>) -> UnitInfo {
        UnitInfo {
            uri: uri.to_owned(),
            input_symbols: (1..=inputs.len()).map(|n| format!("in_{n}")).collect(),
            output_symbols: (1..=outputs.len()).map(|n| format!("out_{n}")).collect(),
            inputs,
            outputs,
            in_place: true,
            splittable: true,
            ..UnitInfo::default()
        }
    }
}

impl Unit for PassThrough {
    fn run(&mut self, io: &UnitIo<'_>) {
        pass(&self.inputs, &self.outputs, io);
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}
}

/// Passes inputs to outputs of the same kind; audio outputs without an input of their own repeat the last one.
pub(crate) fn pass(inputs: &[Signal], outputs: &[Signal], io: &UnitIo<'_>) {
    for kind in [Signal::Audio, Signal::Cv] {
        let mut sources = (0..inputs.len()).filter(|&port| inputs[port] == kind);
        let mut source = None;
        for port in (0..outputs.len()).filter(|&port| outputs[port] == kind) {
            source = sources.next().or(source);
            match source {
                Some(input) => kernel::copy(io.output(port), io.input(input)),
                None => kernel::clear(io.output(port)),
            }
        }
    }
    let mut sources = (0..inputs.len()).filter(|&port| inputs[port] == Signal::Atom);
    for port in (0..outputs.len()).filter(|&port| outputs[port] == Signal::Atom) {
        let events = sources.next().and_then(|input| io.events_in(input));
        if let (Some(from), Some(mut to)) = (events, io.events_out(port))
            && io.is_first()
        {
            to.merge(&from);
        }
    }
}

/// Multiplies by its control input `gain`.
#[derive(Debug)]
pub struct Gain {
    gain: f32,
}

impl Gain {
    /// One channel, gain 1 at the start.
    pub fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Ports and control of the unit.
    pub fn info() -> UnitInfo {
        let control = ControlInput {
            symbol: "gain".to_owned(),
            min: -4.0,
            max: 4.0,
            default: 1.0,
            smooth: true,
            trigger: false,
        };
        let ports = PassThrough::info("urn:archibald:gain", vec![Signal::Audio], vec![Signal::Audio]);
        UnitInfo { controls: vec![control], ..ports }
    }
}

impl Default for Gain {
    fn default() -> Self {
        Self::new()
    }
}

impl Unit for Gain {
    fn run(&mut self, io: &UnitIo<'_>) {
        for (out, input) in io.output(0).iter().zip(io.input(0)) {
            out.set(input.get() * self.gain);
        }
    }

    fn set_control(&mut self, _index: usize, value: f32) {
        self.gain = value;
    }
}

/// Delays by a fixed number of frames and says so.
#[derive(Debug)]
pub struct LatencyLine {
    ring: Vec<f32>,
    at: usize,
}

impl LatencyLine {
    /// One channel, `frames` frames late (at least 1).
    pub fn new(frames: u32) -> Self {
        Self { ring: vec![0.0; frames.max(1) as usize], at: 0 }
    }

    /// Ports of the unit.
    pub fn info() -> UnitInfo {
        PassThrough::info("urn:archibald:latency", vec![Signal::Audio], vec![Signal::Audio])
    }
}

impl Unit for LatencyLine {
    fn run(&mut self, io: &UnitIo<'_>) {
        for (out, input) in io.output(0).iter().zip(io.input(0)) {
            let value = std::mem::replace(&mut self.ring[self.at], input.get());
            self.at = (self.at + 1) % self.ring.len();
            out.set(value);
        }
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}

    fn latency(&self) -> u32 {
        self.ring.len() as u32
    }
}

/// Listens to one CV or audio input; control output 0 is the last sample of each block.
#[derive(Debug, Default)]
pub struct CvTap {
    last: f32,
}

impl CvTap {
    /// Ports of the unit.
    pub fn info() -> UnitInfo {
        let ports = PassThrough::info("urn:archibald:tap", vec![Signal::Cv], Vec::new());
        UnitInfo { control_outputs: vec!["value".to_owned()], ..ports }
    }
}

impl Unit for CvTap {
    fn run(&mut self, io: &UnitIo<'_>) {
        self.last = io.input(0).last().map_or(0.0, std::cell::Cell::get);
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}

    fn control_output(&self, _index: usize) -> f32 {
        self.last
    }
}
