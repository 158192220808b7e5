//! The executable plan: a compiled board with its buffers, nodes and cables. Made on a control thread, run by the
//! callback, dropped on a control thread.

use std::ops::Range;
use std::sync::Arc;

use super::edge::{Aim, EdgeCell};
use super::kernel;
use super::node::{NodeCell, fault};
use crate::events::{EventBuffer, EventKind};
use crate::graph::NodeId;
use crate::meter::Counter;
use crate::plan::{Feed, OutPort, PlanSpec, Step};
use crate::sys::{Buffers, Claim, Lanes, Pool, Shared};
use crate::unit::{BlockInfo, ExtraBuffers, UnitIo};

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

    fn take_input(&mut self, input: &PlanInput<'_, '_>) {
        let claim = self.buffers.exclusive();
        let present = (input.captures.len() as u32).min(self.extra.capture_count);
        // Buffers start silent, so only those need clearing whose channel went away with the last block.
        for channel in 0..present.max(std::mem::replace(&mut self.present, present)) {
            let buffer = claim.frames(self.extra.captures + channel, 0, input.frames);
            match input.captures.get(channel as usize) {
                Some(samples) => {
                    for (to, &from) in buffer.iter().zip(*samples) {
                        to.set(from);
                    }
                }
                None => kernel::clear(claim.frames(self.extra.captures + channel, 0, self.parts.max_frames)),
            }
        }
        for (port, buffer) in self.midi.iter().enumerate() {
            if let Some(mut buffer) = buffer.try_write() {
                buffer.clear();
                if let Some(events) = input.midi.get(port) {
                    buffer.merge(events.events());
                }
            }
        }
    }

    /// This thread's segments, then whatever the other lanes have not begun: so the block ends even when a worker
    /// sleeps.
    fn run_own_lane(&self, number: u32) {
        for &segment in &self.parts.spec.lanes[0] {
            while !self.buffers.is_taken(segment, number) && !self.run_segment(segment, number) {
                self.help(number);
            }
        }
        loop {
            let mut open = false;
            for segment in 0..self.parts.spec.segments.len() {
                if !self.buffers.is_taken(segment, number) {
                    open = true;
                    self.run_segment(segment, number);
                }
            }
            if !open {
                break;
            }
        }
        while self.buffers.all_done(number).is_none() {
            std::hint::spin_loop();
        }
    }

    fn help(&self, number: u32) {
        for &segment in self.parts.spec.lanes[1..].iter().flatten() {
            if !self.buffers.is_taken(segment, number) && self.run_segment(segment, number) {
                return;
            }
        }
        std::hint::spin_loop();
    }

    /// False when it cannot be run yet, or somebody else has it.
    fn run_segment(&self, segment: usize, number: u32) -> bool {
        let Some(claim) = self.buffers.try_claim(segment, number) else { return false };
        let mut before = self.counter.now();
        let mut slowest = (0, -1);
        for step in &self.parts.spec.steps[self.parts.spec.segments[segment].steps.clone()] {
            match step {
                Step::Mix { dst, edges } => {
                    self.mix(&claim, edges, claim.frames(*dst, 0, self.frames), number);
                }
                Step::Merge { dst, edges } => {
                    if let Some(mut events) = self.events[*dst as usize].try_write() {
                        events.clear();
                        self.merge(edges, &mut events, number);
                    }
                }
                Step::Run { node, inputs, outputs } => {
                    self.run_node(&claim, *node, inputs, outputs);
                    let after = self.counter.now();
                    let ticks = after.wrapping_sub(before);
                    let instance = self.account(*node, ticks);
                    if ticks > slowest.0 {
                        slowest = (ticks, instance);
                    }
                    before = after;
                }
                Step::Keep { edge, from, atom } => self.keep(&claim, *edge, *from, *atom, number),
            }
        }
        // Once a segment: two that end at one moment may lose one of their words, which only names a culprit.
        if let Some(mut known) = self.slowest.try_write()
            && slowest.0 > known.0
        {
            *known = slowest;
        }
        true
    }

    fn run_node(&self, claim: &Claim<'_>, node: u32, inputs: &Range<u32>, outputs: &Range<u32>) {
        let spec = &self.parts.spec;
        for output in outputs.clone().filter(|&output| spec.write_is_atom[output as usize]) {
            if let Some(mut events) = self.events[spec.writes[output as usize] as usize].try_write() {
                events.clear();
            }
        }
        self.parts.nodes[node as usize].run(&UnitIo {
            claim,
            extra: self.extra,
            events: &self.events,
            midi: &self.midi,
            inputs: &spec.feeds[inputs.start as usize..inputs.end as usize],
            outputs: &spec.writes[outputs.start as usize..outputs.end as usize],
            info: &self.block,
            replaced: None,
            from: 0,
            frames: self.frames,
        });
    }

    /// Time since the last reading belongs to the node that ran last, its mixes included. Returns its instance.
    fn account(&self, node: u32, ticks: u64) -> i32 {
        let node = &self.parts.nodes[node as usize];
        node.timing.record(ticks);
        let policy = self.parts.policy;
        if policy.share_ticks != u64::MAX && node.count_overrun(ticks, policy.share_ticks) == policy.blocks {
            node.raise(fault::OVERRUN, policy.bypass);
        }
        node.instance
    }

    fn feed<'a>(&self, claim: &'a Claim<'_>, feed: Feed) -> Option<&'a kernel::Samples> {
        match feed {
            Feed::Buffer(buffer) => Some(claim.frames(buffer, 0, self.frames)),
            Feed::Capture(channel) if u32::from(channel) < self.extra.capture_count => {
                Some(claim.frames(self.extra.captures + u32::from(channel), 0, self.frames))
            }
            _ => None,
        }
    }

    fn mix(&self, claim: &Claim<'_>, edges: &Range<u32>, dst: &kernel::Samples, number: u32) {
        let mut first = true;
        for &(edge, feed) in &self.parts.spec.mixes[edges.start as usize..edges.end as usize] {
            self.parts.edges[edge as usize].mix(self.feed(claim, feed), dst, first, number);
            first = false;
        }
        if first {
            kernel::clear(dst);
        }
    }

    fn merge(&self, edges: &Range<u32>, into: &mut EventBuffer, number: u32) {
        for &(edge, feed) in &self.parts.spec.mixes[edges.start as usize..edges.end as usize] {
            let cable = &self.parts.edges[edge as usize];
            cable.settle();
            if !cable.passes_events() {
                continue;
            }
            let source = match feed {
                Feed::Buffer(buffer) => self.events[buffer as usize].try_read(),
                Feed::Midi(port) => self.midi.get(usize::from(port)).and_then(Shared::try_read),
                Feed::Late(_) => cable.late_events(number.wrapping_sub(1)).and_then(Shared::try_read),
                _ => None,
            };
            if let Some(source) = source {
                into.merge(&source);
            }
        }
    }

    fn keep(&self, claim: &Claim<'_>, edge: u32, from: u32, atom: bool, number: u32) {
        let cable = &self.parts.edges[edge as usize];
        if !atom {
            cable.keep(claim.frames(from, 0, self.frames), number);
            return;
        }
        let source = self.events[from as usize].try_read();
        let target = cable.late_events(number).and_then(Shared::try_write);
        if let (Some(source), Some(mut target)) = (source, target) {
            target.clear();
            target.merge(&source);
        }
    }

    fn write_output(&self, number: u32, output: &mut PlanOutput<'_, '_>) {
        let Some(claim) = self.buffers.all_done(number) else { return };
        // Sinks come in the order of their channels; what lies between them is silent.
        let mut next = 0;
        let frames = self.frames;
        let mut silence = |playbacks: &mut [&mut [f32]], to: usize| {
            let from = std::mem::replace(&mut next, to + 1);
            let silent = playbacks.iter_mut().take(to).skip(from);
            silent.for_each(|channel| channel[..frames].fill(0.0));
        };
        for sink in &self.parts.spec.sinks {
            match sink.port {
                OutPort::Playback(channel) => {
                    let channel = usize::from(channel);
                    silence(output.playbacks, channel);
                    if let Some(samples) = output.playbacks.get_mut(channel) {
                        let cells = std::cell::Cell::from_mut(&mut samples[..frames]).as_slice_of_cells();
                        self.mix(&claim, &sink.edges, cells, number);
                    }
                }
                OutPort::Midi(port) => {
                    let Some(midi) = output.midi.get_mut(usize::from(port)) else { continue };
                    output.scratch.clear();
                    self.merge(&sink.edges, output.scratch, number);
                    for event in output.scratch.iter().filter(|event| event.kind == EventKind::Midi) {
                        midi.push(event.frame, event.bytes);
                    }
                }
            }
        }
        silence(output.playbacks, usize::MAX - 1);
    }
}

impl Lanes for ExecPlan {
    fn run_lane(&self, lane: usize) {
        let Some(segments) = self.parts.spec.lanes.get(lane) else { return };
        for &segment in segments {
            while !self.buffers.is_taken(segment, self.number) {
                if self.run_segment(segment, self.number) {
                    break;
                }
                std::hint::spin_loop();
            }
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
