//! The board as a graph: pure data, no audio, no threads.
//!
//! A [`Graph`] names signal ports only (audio, CV, atom). Control ports belong to the unit that owns them and
//! never appear here.

mod compile;
mod feedback;
mod latency;
mod schedule;

pub use compile::{CompileOptions, EdgeUse, compile};
pub use feedback::feedback_edges;
pub use latency::{board_latency, compensation};
pub use schedule::{Lane, Schedule};

use std::fmt;

/// Identity of a node for the life of the process; never reused, unlike mod-host's instance numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u64);

/// What flows through a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Audio, full scale ±1.0.
    Audio,
    /// Control voltage at audio rate, in volts (usually 0–10 or −5–5).
    Cv,
    /// LV2 atom sequence: MIDI, patch and time messages.
    Atom,
}

impl Signal {
    /// Whether a cable may lead from a port of this kind to one of `other`. Audio and CV are the same kind of
    /// buffer and may be mixed, as JACK allows.
    pub fn fits(self, other: Signal) -> bool {
        (self == Signal::Atom) == (other == Signal::Atom)
    }
}

/// Where a cable starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Capture channel of the back end, from 0.
    Capture(u16),
    /// MIDI input of the back end, from 0 (0 is `mod-host:midi_in`).
    Midi(u16),
    /// Output port `port` (index among the node's signal outputs) of a node.
    Node(NodeId, u16),
}

/// Where a cable ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sink {
    /// Playback channel of the back end, from 0.
    Playback(u16),
    /// MIDI output of the back end, from 0.
    Midi(u16),
    /// Input port `port` (index among the node's signal inputs) of a node.
    Node(NodeId, u16),
}

/// A node as the compiler sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Identity.
    pub id: NodeId,
    /// Kinds of the signal inputs, in order.
    pub inputs: Vec<Signal>,
    /// Kinds of the signal outputs, in order.
    pub outputs: Vec<Signal>,
    /// Whether an output may share its buffer with its [`Node::partner`].
    pub in_place: bool,
    /// Delay from input to output in frames, as the plugin reports it.
    pub latency: u32,
    /// Measured or estimated cost per block in nanoseconds; only its relation to others matters.
    pub cost: u32,
}

impl Node {
    /// The input that belongs to output `output`: it has the same number among the ports of that kind. What a bypass
    /// passes on, and where a plugin that allows it works in place: the two must agree, or a bypass would read what it
    /// has just written.
    pub fn partner(&self, output: usize) -> Option<usize> {
        let kind = *self.outputs.get(output)?;
        let number = self.outputs[..output].iter().filter(|&&other| other == kind).count();
        (0..self.inputs.len()).filter(|&input| self.inputs[input] == kind).nth(number)
    }
}

/// A cable. Several may end at the same sink: they are summed (audio, CV) or merged by time (atom).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Start.
    pub source: Source,
    /// End.
    pub sink: Sink,
    /// Delay in frames that compensates for latency on parallel paths; 0 for most.
    pub delay: u32,
    /// Closes a loop: carries the signal one block late.
    pub feedback: bool,
}

impl Edge {
    /// A plain cable without delay.
    pub fn new(source: Source, sink: Sink) -> Self {
        Self { source, sink, delay: 0, feedback: false }
    }

    /// The node it starts from, if any.
    pub fn from_node(&self) -> Option<NodeId> {
        match self.source {
            Source::Node(id, _) => Some(id),
            _ => None,
        }
    }

    /// The node it leads to, if any.
    pub fn to_node(&self) -> Option<NodeId> {
        match self.sink {
            Sink::Node(id, _) => Some(id),
            _ => None,
        }
    }
}

/// A whole board.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Nodes in the order in which they were added.
    pub nodes: Vec<Node>,
    /// Cables in the order in which they were made. Sums are taken in this order.
    pub edges: Vec<Edge>,
}

/// Why a graph cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A cable names a node that the graph does not have.
    #[error("a cable names node {0}, which is not on the board; remove the cable or add the plugin")]
    UnknownNode(NodeId),
    /// A cable names a port beyond the node's last one.
    #[error("a cable names {side} port {port} of node {node}, which has {count}; check the port's symbol")]
    UnknownPort {
        /// The node.
        node: NodeId,
        /// "input" or "output".
        side: &'static str,
        /// The port asked for.
        port: u16,
        /// How many there are.
        count: usize,
    },
    /// The ports carry different kinds of signal.
    #[error("a cable joins {from:?} to {to:?}; only ports of one kind can be joined")]
    KindMismatch {
        /// Kind at the start.
        from: Signal,
        /// Kind at the end.
        to: Signal,
    },
    /// The same cable twice.
    #[error("the cable {from:?} → {to:?} stands twice on the board; remove one")]
    Duplicate {
        /// Start of the cable.
        from: Source,
        /// End of the cable.
        to: Sink,
    },
    /// Two nodes with one identity.
    #[error("node {0} stands twice on the board")]
    DuplicateNode(NodeId),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl Graph {
    /// The node with this identity.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Kind of signal at a cable's start.
    pub fn source_signal(&self, source: Source) -> Result<Signal, GraphError> {
        match source {
            Source::Capture(_) => Ok(Signal::Audio),
            Source::Midi(_) => Ok(Signal::Atom),
            Source::Node(id, port) => {
                let outputs = &self.node(id).ok_or(GraphError::UnknownNode(id))?.outputs;
                outputs.get(usize::from(port)).copied().ok_or(GraphError::UnknownPort {
                    node: id,
                    side: "output",
                    port,
                    count: outputs.len(),
                })
            }
        }
    }

    /// Kind of signal at a cable's end.
    pub fn sink_signal(&self, sink: Sink) -> Result<Signal, GraphError> {
        match sink {
            Sink::Playback(_) => Ok(Signal::Audio),
            Sink::Midi(_) => Ok(Signal::Atom),
            Sink::Node(id, port) => {
                let inputs = &self.node(id).ok_or(GraphError::UnknownNode(id))?.inputs;
                inputs.get(usize::from(port)).copied().ok_or(GraphError::UnknownPort {
                    node: id,
                    side: "input",
                    port,
                    count: inputs.len(),
                })
            }
        }
    }

    /// Checks that every cable joins existing ports of one kind and that nothing stands twice.
    pub fn validate(&self) -> Result<(), GraphError> {
        let mut ids: Vec<NodeId> = self.nodes.iter().map(|node| node.id).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(GraphError::DuplicateNode(pair[0]));
        }
        let mut keys = self.edges.clone();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(GraphError::Duplicate { from: pair[0].source, to: pair[0].sink });
        }
        for edge in &self.edges {
            let from = self.source_signal(edge.source)?;
            let to = self.sink_signal(edge.sink)?;
            if !from.fits(to) {
                return Err(GraphError::KindMismatch { from, to });
            }
        }
        Ok(())
    }
}
