//! A node while it sounds: controls and their ramps, bypass, and the guard over what it puts out.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::kernel::{self, Ramp, Samples};
use crate::graph::{NodeId, Signal};
use crate::sys::Exclusive;
use crate::unit::{Unit, UnitInfo, UnitIo, pass};

/// Level above which a block is reported as too loud: +24 dBFS.
pub const TOO_LOUD: f32 = 15.848_932;

/// Frames of a part while a control is ramped.
const PART: usize = 32;

/// Frames over which nodes change, at the engine's sample rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeTimes {
    /// Ramp of a control (default 5 ms).
    pub smoothing: u32,
    /// Cross-fade of a bypass (default 10 ms).
    pub bypass: u32,
}

impl NodeTimes {
    /// The defaults at `sample_rate` Hz.
    pub fn at(sample_rate: u32) -> Self {
        Self { smoothing: sample_rate / 200, bypass: sample_rate / 100 }
    }
}

/// What went wrong in a node; bits of [`NodeCell::faults`].
pub mod fault {
    /// NaN or Inf at an output. The node is bypassed until it is enabled again.
    pub const NOT_FINITE: u32 = 1;
    /// Louder than +24 dBFS. Reported only.
    pub const TOO_LOUD: u32 = 2;
    /// Longer than its share of the period for several periods in a row.
    pub const OVERRUN: u32 = 4;
}

/// A node that plans share. The control side makes it and drops it; the callback works with it.
pub struct NodeCell {
    /// Identity.
    pub id: NodeId,
    /// mod-host's instance number.
    pub instance: i32,
    /// What is fixed about its unit.
    pub info: Arc<UnitInfo>,
    /// Time that it takes.
    pub timing: crate::meter::Histogram,
    controls: Box<[AtomicU32]>,
    outputs: Box<[AtomicU32]>,
    changed: AtomicBool,
    bypassed: AtomicBool,
    keep_running: AtomicBool,
    cut_off: AtomicBool,
    end_notes: AtomicBool,
    faults: AtomicU32,
    latency: AtomicU32,
    peak: AtomicU32,
    level: AtomicU32,
    overruns: AtomicU32,
    /// Ports that carry samples, and controls that fall back by themselves: what every block looks at, without the names
    /// and ranges of `info` between them.
    signal_inputs: Box<[usize]>,
    signal_outputs: Box<[usize]>,
    triggers: Box<[usize]>,
    running: Exclusive<Running>,
}

struct Running {
    unit: Box<dyn Unit>,
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

impl std::fmt::Debug for NodeCell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeCell({} effect_{} {})", self.id, self.instance, self.info.uri)
    }
}

impl NodeCell {
    /// A node around `unit`, with every control at its default. Not for the audio thread.
    pub fn new(
        id: NodeId,
        instance: i32,
        info: Arc<UnitInfo>,
        unit: Box<dyn Unit>,
        times: NodeTimes,
        max_frames: usize,
    ) -> Self {
        let audio = |ports: &[Signal], port: usize| ports[port] != Signal::Atom;
        let lines = |ports: &[Signal]| {
            let line =
                |port| if audio(ports, port) { vec![Cell::new(0.0); max_frames.max(1)] } else { Vec::new() };
            (0..ports.len()).map(line).collect::<Vec<_>>()
        };
        let running = Running {
            unit,
            ramps: info.controls.iter().map(|control| Ramp::at(control.default)).collect(),
            moving: false,
            wet: Ramp::at(1.0),
            times,
            dry: lines(&info.outputs),
            faded: lines(&info.inputs),
            dry_port: dry_ports(&info),
            enabled: true,
            settled: false,
        };
        let bits = |control: &crate::unit::ControlInput| AtomicU32::new(control.default.to_bits());
        Self {
            id,
            instance,
            timing: crate::meter::Histogram::new(),
            controls: info.controls.iter().map(bits).collect(),
            outputs: info.control_outputs.iter().map(|_| AtomicU32::new(0)).collect(),
            changed: AtomicBool::new(true),
            bypassed: AtomicBool::new(false),
            keep_running: AtomicBool::new(false),
            cut_off: AtomicBool::new(false),
            end_notes: AtomicBool::new(false),
            faults: AtomicU32::new(0),
            latency: AtomicU32::new(0),
            peak: AtomicU32::new(0),
            level: AtomicU32::new(0),
            overruns: AtomicU32::new(0),
            signal_inputs: signal_ports(&info.inputs).collect(),
            signal_outputs: signal_ports(&info.outputs).collect(),
            triggers: (0..info.controls.len()).filter(|&index| info.controls[index].trigger).collect(),
            running: Exclusive::new(running),
            info,
        }
    }

    /// Sets control input `index`; taken up at the next block. Any thread.
    pub fn set_control(&self, index: usize, value: f32) {
        self.controls[index].store(value.to_bits(), Ordering::Relaxed);
        self.changed.store(true, Ordering::Release);
    }

    /// Value that control input `index` has or heads for. Any thread.
    pub fn control(&self, index: usize) -> f32 {
        f32::from_bits(self.controls[index].load(Ordering::Relaxed))
    }

    /// Last value of control output `index`. Any thread.
    pub fn control_output(&self, index: usize) -> f32 {
        f32::from_bits(self.outputs[index].load(Ordering::Relaxed))
    }

    /// Bypasses or enables the node; taken up at the next block. Any thread.
    pub fn set_bypass(&self, bypassed: bool) {
        self.bypassed.store(bypassed, Ordering::Release);
    }

    /// Whether it is bypassed by command. Any thread.
    pub fn is_bypassed(&self) -> bool {
        self.bypassed.load(Ordering::Acquire)
    }

    /// Whether it goes on running while bypassed, so that its tail rings out. Any thread.
    pub fn set_keep_running(&self, keep: bool) {
        self.keep_running.store(keep, Ordering::Release);
    }

    /// As set by [`NodeCell::set_keep_running`].
    pub fn keeps_running(&self) -> bool {
        self.keep_running.load(Ordering::Acquire)
    }

    /// Bits of [`fault`] since they were last cleared. Any thread.
    pub fn faults(&self) -> u32 {
        self.faults.load(Ordering::Acquire)
    }

    /// Takes the faults for a report, leaving the node bypassed if a fault had bypassed it.
    pub fn take_faults(&self) -> u32 {
        self.faults.swap(0, Ordering::AcqRel)
    }

    /// Notes a fault; `cut_off` bypasses the node at once. Any thread.
    pub fn raise(&self, fault: u32, cut_off: bool) {
        self.faults.fetch_or(fault, Ordering::AcqRel);
        if cut_off {
            self.cut_off.store(true, Ordering::Release);
        }
    }

    /// Whether a fault keeps it bypassed. Any thread.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Acquire)
    }

    /// Lets a node work again after a fault. Any thread.
    pub fn re_enable(&self) {
        self.overruns.store(0, Ordering::Relaxed);
        self.cut_off.store(false, Ordering::Release);
    }

    /// Delay that the unit reports, in frames. Any thread.
    pub fn latency(&self) -> u32 {
        self.latency.load(Ordering::Relaxed)
    }

    /// Greatest magnitude at its outputs since the last call. Any thread.
    pub fn take_peak(&self) -> f32 {
        f32::from_bits(self.peak.swap(0, Ordering::Relaxed))
    }

    /// Greatest magnitude at its outputs in the last block. Any thread.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.level.load(Ordering::Relaxed))
    }

    /// Ends sounding notes with its next run. Any thread.
    pub fn end_notes(&self) {
        self.end_notes.store(true, Ordering::Release);
    }

    /// Periods in a row in which it took more than `share` ticks, this one included when it did.
    pub(crate) fn count_overrun(&self, ticks: u64, share: u64) -> u32 {
        let count = if ticks > share { self.overruns.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
        self.overruns.store(count, Ordering::Relaxed);
        count
    }

    /// Keeps the callback out while `work` has the unit to itself; meanwhile the node passes its input
    /// through. Not for the audio thread.
    pub fn with_unit<R>(&self, work: impl FnOnce(&mut dyn Unit) -> R) -> R {
        let mut running = self.running.hold();
        work(&mut *running.unit)
    }

    /// Makes room for blocks of `max_frames`; never takes any away. Not for the audio thread. A block that runs meanwhile
    /// passes its input through.
    pub(crate) fn resize(&self, max_frames: usize) {
        let mut running = self.running.hold();
        let Running { dry, faded, .. } = &mut *running;
        let short = |line: &&mut Vec<Cell<f32>>| !line.is_empty() && line.len() < max_frames;
        for line in dry.iter_mut().chain(faded).filter(short) {
            line.resize(max_frames, Cell::new(0.0));
        }
    }

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

fn signal_ports(kinds: &[Signal]) -> impl Iterator<Item = usize> {
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
