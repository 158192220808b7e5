//! What sounds now: the board that is wanted, and what is left of earlier boards until it has faded.
//!
//! A change of the board is never a cut. [`Live::retarget`] takes the new board and makes a plan over the union
//! of old and new: cables that stay are left alone, cables between things that stay are cross-faded, the inputs
//! of what is new are faded in and the inputs of what goes are faded out, while the outputs of both stay at
//! unity, so that the tails of what goes ring out. [`Live::sweep`] drops what has become silent.
//!
//! Everything here runs on the control side.

mod change;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::exec::{Aim, EdgeCell, EdgeShape, EdgeState, NodeCell, PlanParts, Policy, TailRule};
use crate::graph::{
    CompileOptions, Edge, EdgeUse, Graph, GraphError, Node, NodeId, Signal, compensation, compile,
    feedback_edges,
};

/// How changes sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FadeSettings {
    /// Cross-fade in frames, 0–500 ms.
    pub fade: u32,
    /// When a tail is over.
    pub tail: TailRule,
}

impl FadeSettings {
    /// Fade of 20 ms; tails end below −80 dBFS for 200 ms, or after 10 s, with 50 ms of fade.
    pub fn at(sample_rate: u32) -> Self {
        let tail = TailRule {
            threshold: 1e-4,
            quiet: sample_rate / 5,
            limit: sample_rate * 10,
            fade: sample_rate / 20,
        };
        Self { fade: sample_rate / 50, tail }
    }
}

/// What plans are made for.
#[derive(Debug, Clone, Copy)]
pub struct LiveSettings {
    /// Period in frames: the delay of a loop, and the longest block.
    pub period: usize,
    /// Capture channels.
    pub captures: usize,
    /// MIDI inputs.
    pub midi_inputs: usize,
    /// Threads and in-place.
    pub compile: CompileOptions,
    /// Fades and tails.
    pub fades: FadeSettings,
    /// Compensate for latency on parallel paths.
    pub compensate: bool,
    /// Watch over slow nodes.
    pub policy: Policy,
}

#[derive(Debug)]
struct LiveEdge {
    edge: Edge,
    cell: Arc<EdgeCell>,
    aim: Aim,
    atom: bool,
    wanted: bool,
    /// Was told to close and then to open again; the callback may not have heard of it yet.
    reopened: bool,
    /// A loop only until an old cable is gone.
    stands_in: bool,
    compiled: EdgeUse,
}

#[derive(Debug)]
struct LiveNode {
    node: Node,
    cell: Arc<NodeCell>,
    departing: bool,
}

/// Nodes and cables that sound, wanted or not.
#[derive(Debug)]
pub struct Live {
    settings: LiveSettings,
    target: Graph,
    nodes: Vec<LiveNode>,
    edges: Vec<LiveEdge>,
    serial: u64,
    /// A wanted cable stands in as a loop until an old one that crosses it is gone.
    stand_in: bool,
    silenced: Vec<NodeId>,
    /// A board that waits until a fade which it would cross is over.
    waiting: Option<(Graph, HashMap<NodeId, Arc<NodeCell>>)>,
}

impl Live {
    /// Nothing sounds.
    pub fn new(settings: LiveSettings) -> Self {
        Self {
            settings,
            target: Graph::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            serial: 0,
            stand_in: false,
            silenced: Vec::new(),
            waiting: None,
        }
    }

    /// Present settings.
    pub fn settings(&self) -> &LiveSettings {
        &self.settings
    }

    /// Changes the settings; they hold from the next plan on.
    pub fn set_settings(&mut self, settings: LiveSettings) {
        self.settings = settings;
    }

    /// The board that is wanted.
    pub fn target(&self) -> &Graph {
        &self.target
    }

    /// Nodes that are no longer wanted but still ring.
    pub fn departing(&self) -> impl Iterator<Item = &Arc<NodeCell>> {
        self.nodes.iter().filter(|node| node.departing).map(|node| &node.cell)
    }

    /// Whether old and new sound together at present.
    pub fn is_changing(&self) -> bool {
        self.stand_in
            || self.waiting.is_some()
            || self.nodes.iter().any(|node| node.departing)
            || self.edges.iter().any(|edge| !edge.wanted || edge.compiled == EdgeUse::Moving)
    }

    /// Makes `target` the wanted board. `cells` holds the cell of every node in `target`. On an error nothing
    /// has changed. `None`: it re-wires plugins that are just being faded, and follows by [`Live::sweep`] when that
    /// fade is over, unless another board comes first.
    pub fn retarget(
        &mut self,
        target: Graph,
        cells: &HashMap<NodeId, Arc<NodeCell>>,
    ) -> Result<Option<PlanParts>, GraphError> {
        target.validate()?;
        if self.crosses_a_fade(&target) {
            self.waiting = Some((target, cells.clone()));
            return Ok(None);
        }
        self.waiting = None;
        self.apply(target, cells);
        self.plan(true).map(Some)
    }

    /// Drops what has become silent and returns the plan without it; `None` when nothing changed. `taken` is the
    /// serial number of the plan that the callback runs.
    pub fn sweep(&mut self, taken: u64) -> Option<PlanParts> {
        let before = (self.edges.len(), self.nodes.len());
        self.edges.retain(|edge| edge.wanted || edge.cell.state() != EdgeState::Closed);
        self.drop_unheard();
        let dropped = before != (self.edges.len(), self.nodes.len());
        let serial = self.serial;
        let settled = self
            .edges
            .iter_mut()
            .filter(|edge| edge.wanted && edge.compiled == EdgeUse::Moving)
            .fold(false, |settled, edge| {
                let open = edge.cell.state() == EdgeState::Open;
                edge.reopened &= !(open && taken >= serial);
                settled | (open && !edge.reopened)
            });
        if dropped && self.stand_in {
            let target = self.target.clone();
            let cells = self.nodes.iter().map(|node| (node.node.id, node.cell.clone())).collect();
            self.apply(target, &cells);
            return self.plan(true).ok();
        }
        if let Some((target, cells)) = self.waiting.take()
            && let Ok(Some(parts)) = self.retarget(target, &cells)
        {
            return Some(parts);
        }
        // a plan was made of these parts before, with more in it
        (dropped || settled).then(|| self.plan(false).ok()).flatten()
    }

    /// Ends the tails that ring now, within their last fade: old and new together take too much time. `None` when
    /// nothing rings.
    pub fn end_tails(&mut self) -> Option<PlanParts> {
        let fade = self.settings.fades.tail.fade;
        let mut any = false;
        for edge in self.edges.iter_mut().filter(|edge| matches!(edge.aim, Aim::Ring(_))) {
            edge.aim = Aim::Close(fade);
            any = true;
        }
        any.then(|| self.plan(true).ok()).flatten()
    }

    /// Removes departing nodes from which nothing can be heard any more.
    fn drop_unheard(&mut self) {
        let departing: HashSet<NodeId> =
            self.nodes.iter().filter(|node| node.departing).map(|node| node.node.id).collect();
        let leaves = |edge: &Edge| edge.to_node().is_none_or(|to| !departing.contains(&to));
        let mut heard: HashSet<NodeId> = HashSet::new();
        loop {
            let found: Vec<NodeId> = self
                .edges
                .iter()
                .filter(|live| {
                    leaves(&live.edge) || live.edge.to_node().is_some_and(|to| heard.contains(&to))
                })
                .filter_map(|live| live.edge.from_node())
                .filter(|from| departing.contains(from) && !heard.contains(from))
                .collect();
            if found.is_empty() {
                break;
            }
            heard.extend(found);
        }
        let fading_in: HashSet<NodeId> = self
            .edges
            .iter()
            .filter(|live| {
                !live.wanted && live.edge.from_node().is_none_or(|from| !departing.contains(&from))
            })
            .filter(|live| live.cell.state() != EdgeState::Closed)
            .filter_map(|live| live.edge.to_node())
            .collect();
        let gone = |id: NodeId| departing.contains(&id) && !heard.contains(&id) && !fading_in.contains(&id);
        self.nodes.retain(|node| !gone(node.node.id));
        self.edges.retain(|live| {
            !live.edge.from_node().is_some_and(gone) && !live.edge.to_node().is_some_and(gone)
        });
    }

    /// Compiles all that sounds. With `change`, cables take up their aims, all ramps starting together, so that
    /// gains that add up to one do so on the way; without, they go on as they are.
    fn plan(&mut self, change: bool) -> Result<PlanParts, GraphError> {
        for live in &mut self.edges {
            let steady = live.wanted
                && matches!(live.aim, Aim::Open(_))
                && live.cell.state() == EdgeState::Open
                && !live.reopened;
            live.compiled = if steady { EdgeUse::Steady } else { EdgeUse::Moving };
        }
        let graph = Graph {
            nodes: self.nodes.iter().map(|live| live.node.clone()).collect(),
            edges: self.edges.iter().map(|live| live.edge).collect(),
        };
        let uses: Vec<EdgeUse> = self.edges.iter().map(|live| live.compiled).collect();
        let spec = compile(&graph, &uses, self.settings.compile)?;
        self.serial += 1;
        Ok(PlanParts {
            spec,
            nodes: self.nodes.iter().map(|live| live.cell.clone()).collect(),
            edges: self.edges.iter().map(|live| live.cell.clone()).collect(),
            aims: self.edges.iter().map(|live| if change { live.aim } else { Aim::Keep }).collect(),
            prime: change && self.stand_in,
            silenced: std::mem::take(&mut self.silenced),
            max_frames: self.settings.period,
            captures: self.settings.captures,
            midi_inputs: self.settings.midi_inputs,
            serial: self.serial,
            policy: self.settings.policy,
        })
    }
}
