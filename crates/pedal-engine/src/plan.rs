//! The compiled board: a flat list of steps. Data only; [`crate::exec`] runs it.

use std::ops::Range;

/// What a port or a mix reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Zeros, or no events.
    Silence,
    /// A buffer of the plan's arena.
    Buffer(u32),
    /// A capture channel of the back end.
    Capture(u16),
    /// A MIDI input of the back end.
    Midi(u16),
    /// What a loop's cable kept from the block before (index of the cable).
    Late(u32),
    /// While compiling only: the one cable that is read by reference.
    Edge(u32),
}

/// One step. Ranges index the plan's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sum cables into a buffer.
    Mix {
        /// Buffer written.
        dst: u32,
        /// Range of [`PlanSpec::mixes`].
        edges: Range<u32>,
    },
    /// Merge event cables into an atom buffer, in order of time.
    Merge {
        /// Atom buffer written.
        dst: u32,
        /// Range of [`PlanSpec::mixes`].
        edges: Range<u32>,
    },
    /// Run a node.
    Run {
        /// Position in the graph's nodes.
        node: u32,
        /// Range of [`PlanSpec::feeds`], one per signal input.
        inputs: Range<u32>,
        /// Range of [`PlanSpec::writes`], one per signal output.
        outputs: Range<u32>,
    },
    /// Keep a signal for the next block, for a cable that closes a loop.
    Keep {
        /// The cable.
        edge: u32,
        /// Buffer read.
        from: u32,
        /// Whether it is an atom buffer.
        atom: bool,
    },
}

/// A range of steps that one thread runs without waiting in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Range of [`PlanSpec::steps`].
    pub steps: Range<usize>,
    /// Earlier segments that must be done first.
    pub after: Vec<usize>,
}

/// A port where the board's signals leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutPort {
    /// Playback channel.
    Playback(u16),
    /// MIDI output.
    Midi(u16),
}

/// What leaves the board at one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkMix {
    /// Where it leaves.
    pub port: OutPort,
    /// Range of [`PlanSpec::mixes`].
    pub edges: Range<u32>,
}

/// A compiled board. Audio and atom buffers are numbered apart, each from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanSpec {
    /// All steps, grouped by segment; running them in order is always correct.
    pub steps: Vec<Step>,
    /// What node inputs read.
    pub feeds: Vec<Feed>,
    /// Per entry of `feeds`, whether it is an atom port.
    pub feed_is_atom: Vec<bool>,
    /// Buffers that node outputs write.
    pub writes: Vec<u32>,
    /// Per entry of `writes`, whether it is an atom port.
    pub write_is_atom: Vec<bool>,
    /// Cables of mixes: (index of the cable, what it reads).
    pub mixes: Vec<(u32, Feed)>,
    /// What leaves the board, playback channels in order, MIDI last.
    pub sinks: Vec<SinkMix>,
    /// Segments in an order that respects what they wait for.
    pub segments: Vec<Segment>,
    /// Per thread (the callback first), the segments it takes, in order.
    pub lanes: Vec<Vec<usize>>,
    /// Per cable, whether it carries the block before.
    pub feedback: Vec<bool>,
    /// Number of audio buffers.
    pub audio_buffers: u32,
    /// Number of atom buffers.
    pub atom_buffers: u32,
}

impl PlanSpec {
    /// A buffer that two segments, neither of which waits for the other, both touch, one of them writing; `None`
    /// when the plan is sound. Audio and atom buffers are both looked at.
    pub fn conflict(&self) -> Option<u32> {
        let touched: Vec<Touched> = self.segments.iter().map(|segment| self.touched(segment)).collect();
        let before = self.waits_for();
        for later in 0..self.segments.len() {
            for earlier in 0..later {
                if before[later][earlier] {
                    continue;
                }
                let (a, b) = (&touched[earlier], &touched[later]);
                let clash = a.writes.iter().find(|w| b.writes.contains(w) || b.reads.contains(w));
                let clash = clash.or_else(|| b.writes.iter().find(|w| a.reads.contains(w)));
                if let Some(&(_, buffer)) = clash {
                    return Some(buffer);
                }
            }
        }
        None
    }

    /// For each segment, which earlier ones are surely done when it starts.
    fn waits_for(&self) -> Vec<Vec<bool>> {
        let mut before: Vec<Vec<bool>> = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let mut row = vec![false; self.segments.len()];
            for &direct in &segment.after {
                row[direct] = true;
                for (flag, &indirect) in row.iter_mut().zip(&before[direct]) {
                    *flag |= indirect;
                }
            }
            before.push(row);
        }
        before
    }

    fn touched(&self, segment: &Segment) -> Touched {
        let mut touched = Touched::default();
        let read = |touched: &mut Touched, atom: bool, feed: Feed| {
            if let Feed::Buffer(buffer) = feed {
                touched.reads.push((atom, buffer));
            }
        };
        for step in &self.steps[segment.steps.clone()] {
            match step {
                Step::Mix { dst, edges } | Step::Merge { dst, edges } => {
                    let atom = matches!(step, Step::Merge { .. });
                    touched.writes.push((atom, *dst));
                    for &(_, feed) in &self.mixes[edges.start as usize..edges.end as usize] {
                        read(&mut touched, atom, feed);
                    }
                }
                Step::Run { inputs, outputs, .. } => {
                    for port in inputs.clone() {
                        let atom = self.feed_is_atom[port as usize];
                        read(&mut touched, atom, self.feeds[port as usize]);
                    }
                    for port in outputs.clone() {
                        touched.writes.push((self.write_is_atom[port as usize], self.writes[port as usize]));
                    }
                }
                Step::Keep { from, atom, .. } => touched.reads.push((*atom, *from)),
            }
        }
        touched
    }
}

#[derive(Default)]
struct Touched {
    reads: Vec<(bool, u32)>,
    writes: Vec<(bool, u32)>,
}
