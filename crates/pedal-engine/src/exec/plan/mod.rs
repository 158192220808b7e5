//! The executable plan: a compiled board with its buffers, nodes and cables. Made on a control thread, run by the
//! callback (`block`), dropped on a control thread.

mod block;

use std::sync::Arc;

use super::edge::{Aim, EdgeCell};
use super::node::NodeCell;
use crate::events::EventBuffer;
use crate::graph::NodeId;
use crate::meter::Counter;
use crate::plan::PlanSpec;
use crate::sys::{Buffers, Pool, Shared};
use crate::unit::{BlockInfo, ExtraBuffers};

/// What becomes of a node that takes too long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Ticks of the cycle counter that one node may take per block; `u64::MAX` switches the watch off.
    pub share_ticks: u64,
    /// Blocks in a row after which it is named.
    pub blocks: u32,
    /// Bypass it then.
    pub bypass: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { share_ticks: u64::MAX, blocks: 8, bypass: false }
    }
}

/// What a plan is made of. `edges` and `aims` have one entry per cable of the graph, `nodes` one per node.
#[derive(Debug)]
pub struct PlanParts {
    /// Steps and tables.
    pub spec: PlanSpec,
    /// Nodes in the order of the graph.
    pub nodes: Vec<Arc<NodeCell>>,
    /// Cables in the order of the graph.
    pub edges: Vec<Arc<EdgeCell>>,
    /// What each cable is to do from the first block of this plan on.
    pub aims: Vec<Aim>,
    /// A cable that closes a loop is new: let it hear one block before anything moves.
    pub prime: bool,
    /// Event cables that end here, by destination: notes are ended there.
    pub silenced: Vec<NodeId>,
    /// Longest block in frames.
    pub max_frames: usize,
    /// Capture channels that the board may read.
    pub captures: usize,
    /// MIDI inputs that the board may read.
    pub midi_inputs: usize,
    /// Number that tells plans apart, counting up.
    pub serial: u64,
    /// Watch over slow nodes.
    pub policy: Policy,
}

/// A plan ready to run.
#[derive(Debug)]
pub struct ExecPlan {
    parts: PlanParts,
    by_id: Box<[(NodeId, u32)]>,
    buffers: Buffers,
    events: Box<[Shared<EventBuffer>]>,
    midi: Box<[Shared<EventBuffer>]>,
    extra: ExtraBuffers,
    block: BlockInfo,
    frames: usize,
    /// Number of the present block.
    number: u32,
    counter: Counter,
    slowest: Shared<(u64, i32)>,
    /// Blocks to run before the aims are taken up.
    prime: u32,
    /// Capture channels of the last block.
    present: u32,
    /// The aims wait.
    pending: bool,
}

impl ExecPlan {
    /// Puts the parts together and sets all storage aside.
    pub fn new(parts: PlanParts) -> Self {
        let extra = ExtraBuffers {
            silence: parts.spec.audio_buffers,
            captures: parts.spec.audio_buffers + 1,
            capture_count: parts.captures as u32,
        };
        let buffers = Buffers::new(&parts.spec, 1 + parts.captures, parts.max_frames);
        let events = |count: usize| (0..count).map(|_| Shared::new(EventBuffer::default())).collect();
        let mut by_id: Box<[(NodeId, u32)]> =
            parts.nodes.iter().enumerate().map(|(index, node)| (node.id, index as u32)).collect();
        by_id.sort_unstable();
        Self {
            by_id,
            buffers,
            events: events(parts.spec.atom_buffers as usize),
            midi: events(parts.midi_inputs),
            extra,
            block: BlockInfo::default(),
            frames: 0,
            number: 0,
            counter: Counter::get(),
            slowest: Shared::new((0, -1)),
            prime: 0,
            present: 0,
            pending: false,
            parts,
        }
    }

    /// Number that tells plans apart.
    pub fn serial(&self) -> u64 {
        self.parts.serial
    }

    /// Longest block that it can run, in frames.
    pub fn max_frames(&self) -> usize {
        self.parts.max_frames
    }

    /// Makes room for blocks of `max_frames`. Not for the audio thread, and not while a block runs.
    pub fn resize(&mut self, max_frames: usize) {
        self.parts.max_frames = max_frames;
        self.buffers = Buffers::new(&self.parts.spec, 1 + self.parts.captures, max_frames);
        self.parts.nodes.iter().for_each(|node| node.resize(max_frames));
        self.parts.edges.iter().for_each(|edge| edge.resize(max_frames));
    }

    /// Nodes of the plan.
    pub fn nodes(&self) -> &[Arc<NodeCell>] {
        &self.parts.nodes
    }

    /// The node with this identity. Real-time safe.
    pub fn node(&self, id: NodeId) -> Option<&NodeCell> {
        let at = self.by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(&self.parts.nodes[self.by_id[at].1 as usize])
    }

    /// Instance of the node that took longest in the last block, and its ticks.
    pub fn slowest(&self) -> (u64, i32) {
        self.slowest.try_read().map_or((0, -1), |slowest| *slowest)
    }

    /// The plan is about to run: cables take up their aims, unless a loop's cable must first hear one block.
    /// Audio thread, once.
    pub fn adopt(&mut self) {
        self.prime = u32::from(self.parts.prime);
        self.pending = true;
        if self.prime == 0 {
            self.take_aims();
        }
    }

    /// Takes up aims that still wait. Audio thread.
    pub fn take_aims(&mut self) {
        if !std::mem::replace(&mut self.pending, false) {
            return;
        }
        for (edge, &aim) in self.parts.edges.iter().zip(&self.parts.aims) {
            edge.aim(aim);
        }
        for &id in &self.parts.silenced {
            if let Some(node) = self.node(id) {
                node.end_notes();
            }
        }
    }

    /// Runs one block and writes what leaves the board. `number` counts up from block to block, never 0.
    pub fn run(
        &mut self,
        number: u32,
        info: BlockInfo,
        input: &PlanInput<'_, '_>,
        output: &mut PlanOutput<'_, '_>,
        pool: Option<&Pool<ExecPlan>>,
    ) {
        self.frames = input.frames;
        self.number = number;
        self.block = info;
        self.take_input(input);
        if let Some(mut slowest) = self.slowest.try_write() {
            *slowest = (0, -1);
        }
        match pool {
            Some(pool) if self.parts.spec.lanes.len() > 1 && pool.workers() > 0 => {
                pool.run(self, number, || self.run_own_lane(number));
            }
            _ => {
                for segment in 0..self.parts.spec.segments.len() {
                    self.run_segment(segment, number);
                }
            }
        }
        self.write_output(number, output);
        if self.prime > 0 {
            self.prime -= 1;
            self.take_aims();
        }
    }
}

/// What a block brings.
#[derive(Debug)]
pub struct PlanInput<'a, 'b> {
    /// Frames in this block.
    pub frames: usize,
    /// Capture channels.
    pub captures: &'a [&'b [f32]],
    /// MIDI inputs.
    pub midi: &'a [crate::io::MidiBuffer],
}

/// Where a block's result goes.
#[derive(Debug)]
pub struct PlanOutput<'a, 'b> {
    /// Playback channels; every sample is written.
    pub playbacks: &'a mut [&'b mut [f32]],
    /// MIDI outputs.
    pub midi: &'a mut [crate::io::MidiBuffer],
    /// Room for merging.
    pub scratch: &'a mut EventBuffer,
}
