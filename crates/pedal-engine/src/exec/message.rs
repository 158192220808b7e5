//! What passes between the control side and the callback, over rings set aside once.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::kernel::greatest_bits;
use super::midi_map::{MidiMapping, Target};
use super::plan::ExecPlan;
use crate::graph::NodeId;
use crate::io::MAX_CHANNELS;
use crate::meter::Histogram;

/// One control to set, as part of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamWrite {
    /// Node.
    pub node: NodeId,
    /// Control input, or bypass.
    pub target: Target,
    /// New value.
    pub value: f32,
}

/// Control side → callback. Boxes come back as [`Retired`], for the callback frees nothing.
#[derive(Debug)]
pub enum Command {
    /// Run this plan from the next block on.
    Plan(Box<ExecPlan>),
    /// Set all of these in one block.
    Params(Box<[ParamWrite]>),
    /// Bind a MIDI controller; replaces what the target had.
    Map(MidiMapping),
    /// Remove a target's MIDI binding and any pending learning.
    Unmap(NodeId, Target),
    /// The next controller that is bound to nothing becomes this target's.
    Learn(MidiMapping),
    /// Forget all bindings of a node.
    Forget(NodeId),
    /// Report controllers (and programs) of this channel.
    Monitor {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Programs and unbound controllers are reported.
        programs: bool,
        /// Unbound controllers are reported.
        controllers: bool,
    },
    /// Drive a control by a node's control output (a CV tap).
    MapCv(super::midi_map::CvMapping),
    /// Remove a target's CV binding.
    UnmapCv(NodeId, Target),
    /// Start, stop, change tempo.
    Transport {
        /// Whether time advances.
        rolling: bool,
        /// Beats per bar.
        beats_per_bar: f32,
        /// Beats per minute.
        bpm: f64,
    },
    /// Follow MIDI clock, or stop following it.
    FollowClock(bool),
    /// Heads the master gain for a value within so many frames.
    Master {
        /// Gain to arrive at, 0–1.
        gain: f32,
        /// Frames until then.
        frames: u32,
    },
    /// Safety limiter: ceiling (linear), or off.
    Limiter(Option<f32>),
}

/// Callback → control side: what is to be freed there.
#[derive(Debug)]
pub enum Retired {
    /// A plan that was replaced.
    Plan(Box<ExecPlan>),
    /// A snapshot that was applied.
    Params(Box<[ParamWrite]>),
}

/// Callback → control side: what happened. Small and free of owners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Report {
    /// A control changed by MIDI or CV.
    Param {
        /// Node.
        node: NodeId,
        /// Control input, or bypass.
        target: Target,
        /// New value.
        value: f32,
    },
    /// Learning found its controller.
    Mapped {
        /// The binding made.
        mapping: MidiMapping,
        /// Value that it gave at once.
        value: f32,
    },
    /// A controller of a monitored channel that is bound to nothing.
    Controller {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Controller number.
        controller: u8,
        /// Value, 0–127.
        value: u8,
    },
    /// A program change on a monitored channel.
    Program {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Program, 0–127.
        program: u8,
    },
    /// The transport was started, stopped or changed tempo by MIDI clock.
    Transport {
        /// Whether time advances.
        rolling: bool,
        /// Beats per bar.
        beats_per_bar: f32,
        /// Beats per minute.
        bpm: f64,
    },
}

/// Counters and levels that both sides see. The callback writes, everybody reads.
#[derive(Debug)]
pub struct Shared {
    /// Blocks processed.
    pub blocks: AtomicU64,
    /// Frames processed.
    pub frames: AtomicU64,
    /// Periods lost, as the back end reports.
    pub xruns: AtomicU64,
    /// Instance of the node that took longest in the block before the last xrun, or −1.
    pub xrun_instance: AtomicU32,
    /// Serial number of the running plan.
    pub serial: AtomicU64,
    /// Time of whole blocks.
    pub timing: Histogram,
    /// Blocks in which the limiter worked.
    pub limited: AtomicU64,
    /// Messages to the control side that found no room.
    pub lost_reports: AtomicU64,
    /// Whether a back end is calling.
    pub running: AtomicBool,
    /// Whether the last block had no deadline: time stands still until it is done.
    pub freewheel: AtomicBool,
    capture_peaks: [AtomicU32; MAX_CHANNELS],
    playback_peaks: [AtomicU32; MAX_CHANNELS],
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            blocks: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
            xrun_instance: AtomicU32::new(u32::MAX),
            serial: AtomicU64::new(0),
            timing: Histogram::new(),
            limited: AtomicU64::new(0),
            lost_reports: AtomicU64::new(0),
            running: AtomicBool::new(false),
            freewheel: AtomicBool::new(false),
            capture_peaks: [const { AtomicU32::new(0) }; MAX_CHANNELS],
            playback_peaks: [const { AtomicU32::new(0) }; MAX_CHANNELS],
        }
    }
}

impl Shared {
    /// Greatest magnitude at a capture channel since the last call.
    pub fn take_capture_peak(&self, channel: usize) -> f32 {
        self.capture_peaks.get(channel).map_or(0.0, |peak| f32::from_bits(peak.swap(0, Ordering::Relaxed)))
    }

    /// Greatest magnitude at a playback channel since the last call.
    pub fn take_playback_peak(&self, channel: usize) -> f32 {
        self.playback_peaks.get(channel).map_or(0.0, |peak| f32::from_bits(peak.swap(0, Ordering::Relaxed)))
    }

    pub(super) fn note_peaks(&self, captures: &[&[f32]], playbacks: &[&mut [f32]]) {
        let level = |samples: &[f32]| greatest_bits(samples.iter().copied());
        for (peak, samples) in self.capture_peaks.iter().zip(captures) {
            raise(peak, level(samples));
        }
        for (peak, samples) in self.playback_peaks.iter().zip(playbacks) {
            raise(peak, level(samples));
        }
    }
}

fn raise(peak: &AtomicU32, bits: u32) {
    if bits > peak.load(Ordering::Relaxed) {
        peak.store(bits, Ordering::Relaxed);
    }
}
