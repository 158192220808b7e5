//! A node of the board: what the control side sets and asks (here), and what it does in a block (`running`).

mod running;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::graph::NodeId;
use crate::sys::Exclusive;
use crate::unit::{Unit, UnitInfo};
use running::{Running, signal_ports};

/// Level above which a block is reported as too loud: +24 dBFS.
pub const TOO_LOUD: f32 = 15.848_932;

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
        let running = Running::new(&info, unit, times, max_frames);
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
    #[inline]
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
    #[inline]
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
    #[inline]
    pub fn raise(&self, fault: u32, cut_off: bool) {
        self.faults.fetch_or(fault, Ordering::AcqRel);
        if cut_off {
            self.cut_off.store(true, Ordering::Release);
        }
    }

    /// Whether a fault keeps it bypassed. Any thread.
    #[inline]
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
        self.running.hold().resize(max_frames);
    }
}
