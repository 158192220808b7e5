//! Graph → flat plan: an order of steps over a small set of buffers.

mod places;

use std::collections::HashMap;
use std::ops::Range;

use super::{Graph, GraphError, NodeId, Schedule, Signal, Sink, Source, feedback_edges};
use crate::plan::{Feed, OutPort, PlanSpec, Segment, SinkMix, Step};
use places::{Places, Virtual};

/// How a board is compiled.
#[derive(Debug, Clone, Copy)]
pub struct CompileOptions {
    /// Threads that may share the work, the callback included.
    pub threads: usize,
    /// Let a plugin write over its input where it allows that.
    pub in_place: bool,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { threads: 1, in_place: true }
    }
}

/// How a cable is to be treated: a steady one at unity may be read by reference, a moving one goes through a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeUse {
    /// Gain 1, not changing.
    Steady,
    /// Gain changing, or watched for silence.
    Moving,
}

/// Compiles `graph`. `uses` has one entry per cable. The graph is validated first; the result executes each node
/// once per block, every node after all it reads from, cables marked as feedback carrying the previous block.
pub fn compile(graph: &Graph, uses: &[EdgeUse], options: CompileOptions) -> Result<PlanSpec, GraphError> {
    graph.validate()?;
    let feedback = feedback_edges(&graph.edges);
    let schedule = Schedule::new(graph, &feedback, options.threads);
    let mut build = Build::new(graph, uses, feedback);
    let mut segments = Vec::with_capacity(schedule.segments.len());
    for (position, segment) in schedule.segments.iter().enumerate() {
        let first = build.steps.len();
        for &id in &segment.nodes {
            build.node(id, position);
        }
        segments.push(Segment { steps: first..build.steps.len(), after: segment.after.clone() });
    }
    build.sinks();
    let lanes = schedule.lanes.into_iter().map(|lane| lane.segments).collect();
    Ok(build.finish(segments, lanes, options.in_place))
}

struct Build<'a> {
    graph: &'a Graph,
    uses: &'a [EdgeUse],
    feedback: Vec<bool>,
    node_index: HashMap<NodeId, usize>,
    edges_into: HashMap<Sink, Vec<usize>>,
    edges_from: HashMap<Source, Vec<usize>>,
    output_of: HashMap<Source, usize>,
    virtuals: Vec<Virtual>,
    steps: Vec<Step>,
    feeds: Vec<Feed>,
    feed_is_atom: Vec<bool>,
    writes: Vec<u32>,
    mixes: Vec<(u32, Feed)>,
    sinks: Vec<SinkMix>,
}

impl<'a> Build<'a> {
    fn new(graph: &'a Graph, uses: &'a [EdgeUse], feedback: Vec<bool>) -> Self {
        let mut edges_into: HashMap<Sink, Vec<usize>> = HashMap::new();
        let mut edges_from: HashMap<Source, Vec<usize>> = HashMap::new();
        for (index, edge) in graph.edges.iter().enumerate() {
            edges_into.entry(edge.sink).or_default().push(index);
            edges_from.entry(edge.source).or_default().push(index);
        }
        let node_index = graph.nodes.iter().enumerate().map(|(index, node)| (node.id, index)).collect();
        Self {
            graph,
            uses,
            feedback,
            node_index,
            edges_into,
            edges_from,
            output_of: HashMap::new(),
            virtuals: Vec::new(),
            steps: Vec::new(),
            feeds: Vec::new(),
            feed_is_atom: Vec::new(),
            writes: Vec::new(),
            mixes: Vec::new(),
            sinks: Vec::new(),
        }
    }

    fn new_virtual(&mut self, atom: bool, segment: usize) -> u32 {
        let at = self.steps.len();
        self.virtuals.push(Virtual { atom, segment, last_read: at, readers: 0, local: true });
        (self.virtuals.len() - 1) as u32
    }

    /// What a cable reads in this block, noting that step `at` of `segment` reads it.
    fn feed_of(&mut self, edge: usize, at: usize, segment: usize) -> Feed {
        if self.feedback[edge] {
            return Feed::Late(edge as u32);
        }
        match self.graph.edges[edge].source {
            Source::Capture(channel) => Feed::Capture(channel),
            Source::Midi(port) => Feed::Midi(port),
            source @ Source::Node(..) => {
                let buffer = self.output_of[&source];
                self.read(buffer, at, segment);
                Feed::Buffer(buffer as u32)
            }
        }
    }

    fn read(&mut self, buffer: usize, at: usize, segment: usize) {
        let entry = &mut self.virtuals[buffer];
        entry.last_read = entry.last_read.max(at);
        entry.readers += 1;
        entry.local &= entry.segment == segment;
    }

    fn by_reference(&self, edge: usize) -> bool {
        self.uses[edge] == EdgeUse::Steady && !self.feedback[edge] && self.graph.edges[edge].delay == 0
    }

    /// The mixes for a node's inputs, the node itself, and what must be kept for the next block.
    fn node(&mut self, id: NodeId, segment: usize) {
        let index = self.node_index[&id];
        let node = &self.graph.nodes[index];
        let mut feeds = Vec::with_capacity(node.inputs.len());
        for (port, &kind) in node.inputs.iter().enumerate() {
            let atom = kind == Signal::Atom;
            let edges = self.edges_into.get(&Sink::Node(id, port as u16)).cloned().unwrap_or_default();
            feeds.push(match edges[..] {
                [] => Feed::Silence,
                [only] if self.by_reference(only) => Feed::Edge(only as u32),
                _ => {
                    let range = self.mix_range(&edges, segment);
                    let dst = self.new_virtual(atom, segment);
                    self.steps.push(if atom {
                        Step::Merge { dst, edges: range }
                    } else {
                        Step::Mix { dst, edges: range }
                    });
                    Feed::Buffer(dst)
                }
            });
        }
        let at = self.steps.len();
        let first_feed = self.feeds.len() as u32;
        for feed in feeds {
            let feed = match feed {
                Feed::Edge(edge) => self.feed_of(edge as usize, at, segment),
                Feed::Buffer(mixed) => {
                    self.read(mixed as usize, at, segment);
                    feed
                }
                other => other,
            };
            self.feeds.push(feed);
        }
        self.feed_is_atom.extend(node.inputs.iter().map(|&kind| kind == Signal::Atom));
        let first_write = self.writes.len() as u32;
        for (port, &kind) in node.outputs.iter().enumerate() {
            let buffer = self.new_virtual(kind == Signal::Atom, segment);
            self.writes.push(buffer);
            self.output_of.insert(Source::Node(id, port as u16), buffer as usize);
        }
        self.steps.push(Step::Run {
            node: index as u32,
            inputs: first_feed..self.feeds.len() as u32,
            outputs: first_write..self.writes.len() as u32,
        });
        for port in 0..node.outputs.len() {
            let source = Source::Node(id, port as u16);
            for edge in self.edges_from.get(&source).cloned().unwrap_or_default() {
                if self.feedback[edge] {
                    let buffer = self.output_of[&source];
                    self.read(buffer, self.steps.len(), segment);
                    let atom = self.virtuals[buffer].atom;
                    self.steps.push(Step::Keep { edge: edge as u32, from: buffer as u32, atom });
                }
            }
        }
    }

    fn mix_range(&mut self, edges: &[usize], segment: usize) -> Range<u32> {
        let at = self.steps.len();
        let first = self.mixes.len() as u32;
        for &edge in edges {
            let feed = self.feed_of(edge, at, segment);
            self.mixes.push((edge as u32, feed));
        }
        first..self.mixes.len() as u32
    }

    /// What goes out of the board; read after all segments.
    fn sinks(&mut self) {
        let mut outgoing: Vec<(Sink, OutPort)> = self
            .edges_into
            .keys()
            .filter_map(|&sink| match sink {
                Sink::Playback(channel) => Some((sink, OutPort::Playback(channel))),
                Sink::Midi(port) => Some((sink, OutPort::Midi(port))),
                Sink::Node(..) => None,
            })
            .collect();
        outgoing.sort_unstable_by_key(|&(sink, _)| sink);
        for (sink, port) in outgoing {
            let edges = self.edges_into[&sink].clone();
            let edges = self.mix_range(&edges, usize::MAX);
            self.sinks.push(SinkMix { port, edges });
        }
    }

    /// Gives each virtual buffer its place and writes the final plan.
    fn finish(self, segments: Vec<Segment>, lanes: Vec<Vec<usize>>, in_place: bool) -> PlanSpec {
        let mut places = Places::new(self.virtuals.len(), segments.len());
        for (position, segment) in segments.iter().enumerate() {
            for at in segment.steps.clone() {
                match &self.steps[at] {
                    Step::Mix { dst, .. } | Step::Merge { dst, .. } => {
                        places.take(&self.virtuals, *dst as usize, position);
                    }
                    Step::Run { node, inputs, outputs } => {
                        let node = &self.graph.nodes[*node as usize];
                        let reuse = in_place && node.in_place;
                        let inputs = &self.feeds[inputs.start as usize..inputs.end as usize];
                        for (port, write) in outputs.clone().enumerate() {
                            let out = self.writes[write as usize] as usize;
                            let partner = node.partner(port).filter(|_| reuse).map(|input| inputs[input]);
                            let taken = match partner {
                                Some(Feed::Buffer(input)) => {
                                    places.inherit(&self.virtuals, input as usize, out, at)
                                }
                                _ => false,
                            };
                            if !taken {
                                places.take(&self.virtuals, out, position);
                            }
                        }
                    }
                    Step::Keep { .. } => {}
                }
                places.release(&self.virtuals, at, position);
            }
        }
        let place = |buffer: u32| places.of[buffer as usize];
        let place_feed = |feed: Feed| match feed {
            Feed::Buffer(buffer) => Feed::Buffer(place(buffer)),
            other => other,
        };
        let steps = self
            .steps
            .into_iter()
            .map(|step| match step {
                Step::Mix { dst, edges } => Step::Mix { dst: place(dst), edges },
                Step::Merge { dst, edges } => Step::Merge { dst: place(dst), edges },
                Step::Keep { edge, from, atom } => Step::Keep { edge, from: place(from), atom },
                run @ Step::Run { .. } => run,
            })
            .collect();
        PlanSpec {
            steps,
            feed_is_atom: self.feed_is_atom,
            write_is_atom: self.writes.iter().map(|&write| self.virtuals[write as usize].atom).collect(),
            feeds: self.feeds.into_iter().map(place_feed).collect(),
            writes: self.writes.into_iter().map(place).collect(),
            mixes: self.mixes.into_iter().map(|(edge, feed)| (edge, place_feed(feed))).collect(),
            sinks: self.sinks,
            segments,
            lanes,
            feedback: self.feedback,
            audio_buffers: places.next_audio,
            atom_buffers: places.next_atom,
        }
    }
}

#[cfg(test)]
mod tests;
