//! A node while it sounds: controls and their ramps, bypass, and the guard over what it puts out. Audio thread, but for what
//! says otherwise.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use super::{NodeCell, NodeTimes, TOO_LOUD, fault};
use crate::exec::kernel::{self, Ramp, Samples};
use crate::graph::Signal;
use crate::unit::{Unit, UnitInfo, UnitIo, pass};

/// Frames of a part while a control is ramped.
const PART: usize = 32;

pub(super) struct Running {
    pub(super) unit: Box<dyn Unit>,
    ramps: Box<[Ramp]>,
    moving: bool,
    wet: Ramp,
    times: NodeTimes,
    dry: Vec<Vec<Cell<f32>>>,
    faded: Vec<Vec<Cell<f32>>>,
    dry_port: Vec<Option<usize>>,
    enabled: bool,
    settled: bool,
}

impl NodeCell {
    /// Runs one block. Audio thread.
    pub(crate) fn run(&self, io: &UnitIo<'_>) {
        let Some(mut running) = self.running.try_hold() else {
            pass(&self.info.inputs, &self.info.outputs, io);
            return;
        };
        let running = &mut *running;
        // Looked at first: taking a flag down locks its cache line, and most blocks find none up.
        if self.changed.load(Ordering::Relaxed) && self.changed.swap(false, Ordering::Acquire) {
            self.take_controls(running);
        }
        if self.end_notes.load(Ordering::Relaxed) && self.end_notes.swap(false, Ordering::Acquire) {
            running.unit.end_notes();
        }
        self.steer_bypass(running);
        let wet = running.wet;
        let keep = self.keep_running.load(Ordering::Relaxed) && !self.is_cut_off();
        if wet.is_still() && wet.value() == 0.0 && !keep {
            pass(&self.info.inputs, &self.info.outputs, io);
            running.settled = true;
            return;
        }
        running.settled = true;
        running.keep_dry(io);
        let whole = wet.is_still() && wet.value() == 1.0;
        if keep && !whole {
            running.fade_inputs(&self.info, io);
            let faded = std::mem::take(&mut running.faded);
            running.run_parts(&self.info, &UnitIo { replaced: Some(&faded), ..*io });
            running.faded = faded;
        } else {
            running.run_parts(&self.info, io);
        }
        if self.guard(running, io) {
            if !whole {
                running.blend(wet, io, keep);
            }
            running.wet.advance(io.frames() as u32);
        }
        self.after(running);
    }

    fn take_controls(&self, running: &mut Running) {
        for (index, spec) in self.info.controls.iter().enumerate() {
            let value = self.control(index);
            let ramp = &mut running.ramps[index];
            if ramp.aim() == value {
                if !running.settled {
                    running.unit.set_control(index, value);
                }
                continue;
            }
            let frames = if spec.smooth && running.settled { running.times.smoothing } else { 0 };
            ramp.head_for(value, frames);
            if ramp.is_still() {
                running.unit.set_control(index, value);
            } else {
                running.moving = true;
            }
        }
    }

    fn steer_bypass(&self, running: &mut Running) {
        let cut_off = self.is_cut_off();
        let bypassed = self.is_bypassed();
        if let Some(enabled) = self.info.enabled
            && running.enabled == bypassed
        {
            running.enabled = !bypassed;
            let value: f32 = if bypassed { 0.0 } else { 1.0 };
            self.controls[enabled].store(value.to_bits(), Ordering::Relaxed);
            running.ramps[enabled] = Ramp::at(value);
            running.unit.set_control(enabled, value);
        }
        let aim = if cut_off || (bypassed && self.info.enabled.is_none()) { 0.0 } else { 1.0 };
        if running.wet.aim() != aim {
            if aim == 0.0 {
                running.unit.end_notes();
            }
            let frames = if cut_off || !running.settled { 0 } else { running.times.bypass };
            running.wet.head_for(aim, frames);
        }
    }

    /// Looks at the outputs. False when they were replaced by the input.
    fn guard(&self, running: &mut Running, io: &UnitIo<'_>) -> bool {
        let mut loudest = 0.0f32;
        for &port in &self.signal_outputs {
            let (level, finite) = kernel::peak(io.output(port));
            if !finite {
                self.raise(fault::NOT_FINITE, true);
                running.wet = Ramp::at(0.0);
                running.output_dry(io);
                return false;
            }
            loudest = loudest.max(level);
        }
        if self.signal_outputs.is_empty() {
            // what only listens is a meter of its inputs
            let levels = self.signal_inputs.iter().map(|&port| kernel::peak(io.input(port)).0);
            loudest = levels.filter(|level| level.is_finite()).fold(0.0, f32::max);
        }
        self.level.store(loudest.to_bits(), Ordering::Relaxed);
        if loudest > TOO_LOUD {
            self.raise(fault::TOO_LOUD, false);
        }
        if loudest > f32::from_bits(self.peak.load(Ordering::Relaxed)) {
            self.peak.store(loudest.to_bits(), Ordering::Relaxed);
        }
        true
    }

    fn after(&self, running: &mut Running) {
        for (index, output) in self.outputs.iter().enumerate() {
            output.store(running.unit.control_output(index).to_bits(), Ordering::Relaxed);
        }
        self.latency.store(running.unit.latency(), Ordering::Relaxed);
        for &index in &self.triggers {
            let default = self.info.controls[index].default;
            if running.ramps[index].value() != default {
                self.controls[index].store(default.to_bits(), Ordering::Relaxed);
                running.ramps[index] = Ramp::at(default);
                running.unit.set_control(index, default);
            }
        }
    }
}

impl Running {
    /// With every control at its default. Not for the audio thread.
    pub(super) fn new(info: &UnitInfo, unit: Box<dyn Unit>, times: NodeTimes, max_frames: usize) -> Self {
        let line = |&kind: &Signal| match kind {
            Signal::Atom => Vec::new(),
            _ => vec![Cell::new(0.0); max_frames.max(1)],
        };
        Self {
            unit,
            ramps: info.controls.iter().map(|control| Ramp::at(control.default)).collect(),
            moving: false,
            wet: Ramp::at(1.0),
            times,
            dry: info.outputs.iter().map(line).collect(),
            faded: info.inputs.iter().map(line).collect(),
            dry_port: dry_ports(info),
            enabled: true,
            settled: false,
        }
    }

    /// Makes room for blocks of `max_frames`; never takes any away. Not for the audio thread.
    pub(super) fn resize(&mut self, max_frames: usize) {
        let short = |line: &&mut Vec<Cell<f32>>| !line.is_empty() && line.len() < max_frames;
        for line in self.dry.iter_mut().chain(&mut self.faded).filter(short) {
            line.resize(max_frames, Cell::new(0.0));
        }
    }

    /// Copies the dry signal that the unit is about to write over. What it leaves alone can be read afterwards as well.
    fn keep_dry(&self, io: &UnitIo<'_>) {
        for (port, source) in self.dry_port.iter().enumerate() {
            if let Some(input) = source.filter(|&input| io.overwrites(input)) {
                kernel::copy(&self.dry[port][..io.frames()], io.input(input));
            }
        }
    }

    /// What stands for output `port` while the node is bypassed; `None` is silence.
    fn dry<'a>(&'a self, port: usize, io: &UnitIo<'a>) -> Option<&'a Samples> {
        let input = self.dry_port[port]?;
        Some(if io.overwrites(input) { &self.dry[port][..io.frames()] } else { io.input(input) })
    }

    fn fade_inputs(&self, info: &UnitInfo, io: &UnitIo<'_>) {
        for port in signal_ports(&info.inputs) {
            let mut gain = self.wet;
            for (out, input) in self.faded[port].iter().zip(io.input(port)) {
                out.set(input.get() * gain.step());
            }
        }
    }

    /// Runs the unit over the block, in parts while a control is on its way, and when the block is longer than the unit
    /// was made for.
    fn run_parts(&mut self, info: &UnitInfo, io: &UnitIo<'_>) {
        let longest = self.unit.longest_block().max(1);
        if !self.moving && io.frames() <= longest {
            self.unit.run(io);
            return;
        }
        let part = if self.moving && info.splittable { PART } else { io.frames() }.min(longest);
        let mut from = 0;
        while from < io.frames() {
            let frames = part.min(io.frames() - from);
            self.moving = false;
            for (index, ramp) in self.ramps.iter_mut().enumerate().filter(|(_, ramp)| !ramp.is_still()) {
                self.unit.set_control(index, ramp.advance(frames as u32));
                self.moving |= !ramp.is_still();
            }
            self.unit.run(&io.part(io.from() + from, frames));
            from += frames;
        }
    }

    /// Mixes wet and dry. With `trails` the wet signal stays at unity, for its input was faded.
    fn blend(&self, wet: Ramp, io: &UnitIo<'_>, trails: bool) {
        for port in (0..self.dry.len()).filter(|&port| !self.dry[port].is_empty()) {
            let mut gain = wet;
            let dry = self.dry(port, io);
            for (i, out) in io.output(port).iter().enumerate() {
                let wet = gain.step();
                let dry = dry.map_or(0.0, |dry| dry[i].get());
                out.set(out.get() * if trails { 1.0 } else { wet } + dry * (1.0 - wet));
            }
        }
    }

    fn output_dry(&self, io: &UnitIo<'_>) {
        for port in (0..self.dry.len()).filter(|&port| !self.dry[port].is_empty()) {
            let out: &Samples = io.output(port);
            match self.dry(port, io) {
                Some(dry) => kernel::copy(out, dry),
                None => kernel::clear(out),
            }
        }
    }
}

pub(super) fn signal_ports(kinds: &[Signal]) -> impl Iterator<Item = usize> {
    (0..kinds.len()).filter(|&port| kinds[port] != Signal::Atom)
}

/// For each output, the input that stands for it while bypassed: the one with the same number among ports of its
/// kind, else the last of that kind.
fn dry_ports(info: &UnitInfo) -> Vec<Option<usize>> {
    let of_kind = |ports: &[Signal], kind: Signal| -> Vec<usize> {
        (0..ports.len()).filter(|&port| ports[port] == kind).collect()
    };
    let mut dry = vec![None; info.outputs.len()];
    for kind in [Signal::Audio, Signal::Cv] {
        let inputs = of_kind(&info.inputs, kind);
        for (number, &output) in of_kind(&info.outputs, kind).iter().enumerate() {
            dry[output] = inputs.get(number).or(inputs.last()).copied();
        }
    }
    dry
}
