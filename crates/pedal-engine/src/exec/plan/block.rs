//! One block of a plan: what came in, the segments with their steps, what goes out. Audio thread, and the workers beside it.

use std::ops::Range;

use super::{ExecPlan, PlanInput, PlanOutput};
use crate::events::{EventBuffer, EventKind};
use crate::exec::kernel;
use crate::exec::node::fault;
use crate::plan::{Feed, OutPort, Step};
use crate::sys::{Claim, Lanes, Shared};
use crate::unit::UnitIo;

impl ExecPlan {
    pub(super) fn take_input(&mut self, input: &PlanInput<'_, '_>) {
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
    pub(super) fn run_own_lane(&self, number: u32) {
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
    pub(super) fn run_segment(&self, segment: usize, number: u32) -> bool {
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

    pub(super) fn write_output(&self, number: u32, output: &mut PlanOutput<'_, '_>) {
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
