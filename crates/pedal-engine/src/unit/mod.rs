//! What a node runs: a plugin, or a small unit of our own.

mod simple;

pub(crate) use simple::pass;
pub use simple::{CvTap, Gain, LatencyLine, PassThrough};

use std::cell::Cell;

use crate::events::EventBuffer;
use crate::exec::Transport;
use crate::graph::Signal;
use crate::plan::Feed;
use crate::sys::{Claim, Reading, Shared, Writing};

/// A control input of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlInput {
    /// LV2 symbol.
    pub symbol: String,
    /// Least value.
    pub min: f32,
    /// Greatest value.
    pub max: f32,
    /// Value at the start.
    pub default: f32,
    /// Changes are ramped; false for integers, switches, lists and triggers.
    pub smooth: bool,
    /// Goes back to its default after one block.
    pub trigger: bool,
}

/// What is fixed about a unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnitInfo {
    /// URI of the plugin.
    pub uri: String,
    /// Kinds of the signal inputs, in order.
    pub inputs: Vec<Signal>,
    /// Kinds of the signal outputs, in order.
    pub outputs: Vec<Signal>,
    /// LV2 symbols of the signal inputs.
    pub input_symbols: Vec<String>,
    /// LV2 symbols of the signal outputs.
    pub output_symbols: Vec<String>,
    /// Control inputs.
    pub controls: Vec<ControlInput>,
    /// LV2 symbols of the control outputs.
    pub control_outputs: Vec<String>,
    /// An output may share its buffer with the input that has the same number among those of its kind.
    pub in_place: bool,
    /// A block may be cut in parts.
    pub splittable: bool,
    /// Control input that is 1 when the plugin works and 0 when it passes through (`lv2:enabled`).
    pub enabled: Option<usize>,
}

/// The real-time half of a node. All methods are called on an audio thread and must be real-time safe.
pub trait Unit: Send {
    /// Processes `io.frames()` frames.
    fn run(&mut self, io: &UnitIo<'_>);

    /// Sets control input `index` (position in [`UnitInfo::controls`]).
    fn set_control(&mut self, index: usize, value: f32);

    /// Present value of control output `index`.
    fn control_output(&self, _index: usize) -> f32 {
        0.0
    }

    /// Delay from input to output in frames, as reported after the last run.
    fn latency(&self) -> u32 {
        0
    }

    /// Longest block in frames that [`Unit::run`] takes; longer ones are cut. The back end's period may grow after the unit
    /// was made.
    fn longest_block(&self) -> usize {
        usize::MAX
    }

    /// Makes room for blocks of `frames`. Not called on the audio thread, and not beside `run`.
    fn set_max_frames(&mut self, _frames: usize) {}

    /// Ends sounding notes with the next run: its MIDI inputs are being cut off.
    fn end_notes(&mut self) {}
}

/// Where in the transport and in which mode a block lies.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlockInfo {
    /// Tempo, bar and position at the start of the block.
    pub transport: Transport,
    /// Rendering faster than real time.
    pub freewheel: bool,
}

/// Fixed buffers beside those of the plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExtraBuffers {
    /// Zeros.
    pub(crate) silence: u32,
    /// First capture channel; the others follow.
    pub(crate) captures: u32,
    /// Number of capture channels.
    pub(crate) capture_count: u32,
}

/// What a unit reads and writes in one run: part of a block, or all of it.
#[derive(Clone, Copy)]
pub struct UnitIo<'a> {
    pub(crate) claim: &'a Claim<'a>,
    pub(crate) extra: ExtraBuffers,
    pub(crate) events: &'a [Shared<EventBuffer>],
    pub(crate) midi: &'a [Shared<EventBuffer>],
    pub(crate) inputs: &'a [Feed],
    pub(crate) outputs: &'a [u32],
    pub(crate) info: &'a BlockInfo,
    /// Inputs to read in place of the plan's audio ones, whole block.
    pub(crate) replaced: Option<&'a [Vec<Cell<f32>>]>,
    pub(crate) from: usize,
    pub(crate) frames: usize,
}

impl<'a> UnitIo<'a> {
    /// Frames in this run.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// First frame of this run within the block.
    pub fn from(&self) -> usize {
        self.from
    }

    /// Whether this run starts the block.
    pub fn is_first(&self) -> bool {
        self.from == 0
    }

    /// Tempo, position and mode at the start of the block.
    pub fn block(&self) -> &'a BlockInfo {
        self.info
    }

    /// Samples of signal input `port` (audio or CV).
    pub fn input(&self, port: usize) -> &'a [Cell<f32>] {
        if let Some(replaced) = self.replaced.and_then(|inputs| inputs.get(port)).filter(|r| !r.is_empty()) {
            return &replaced[self.from..self.from + self.frames];
        }
        let buffer = match self.inputs[port] {
            Feed::Buffer(buffer) => buffer,
            Feed::Capture(channel) if u32::from(channel) < self.extra.capture_count => {
                self.extra.captures + u32::from(channel)
            }
            _ => self.extra.silence,
        };
        self.claim.frames(buffer, self.from, self.frames)
    }

    /// Samples of signal output `port` (audio or CV), to be written in full.
    pub fn output(&self, port: usize) -> &'a [Cell<f32>] {
        self.claim.frames(self.outputs[port], self.from, self.frames)
    }

    /// Whether an output is written over what signal input `port` (audio or CV) reads.
    pub(crate) fn overwrites(&self, port: usize) -> bool {
        matches!(self.inputs[port], Feed::Buffer(buffer) if self.outputs.contains(&buffer))
    }

    /// Events of signal input `port` (atom), for the whole block.
    pub fn events_in(&self, port: usize) -> Option<Reading<'a, EventBuffer>> {
        match self.inputs[port] {
            Feed::Buffer(buffer) => self.events.get(buffer as usize)?.try_read(),
            Feed::Midi(midi) => self.midi.get(usize::from(midi))?.try_read(),
            _ => None,
        }
    }

    /// Events of signal output `port` (atom), for the whole block; empty when the block starts.
    pub fn events_out(&self, port: usize) -> Option<Writing<'a, EventBuffer>> {
        self.events.get(self.outputs[port] as usize)?.try_write()
    }

    /// The same ports over other frames of the block.
    pub(crate) fn part(&self, from: usize, frames: usize) -> UnitIo<'a> {
        UnitIo { from, frames, ..*self }
    }
}
