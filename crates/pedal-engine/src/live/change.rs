//! From one board to the next: which cables open, which close, which ring out.

use super::*;

impl Live {
    /// Takes up `target`, which is valid.
    pub(super) fn apply(&mut self, target: Graph, cells: &HashMap<NodeId, Arc<NodeCell>>) {
        let sounding = self.sounding();
        self.take_nodes(&target, cells);
        let wanted = self.wanted_edges(&target);
        for live in &mut self.edges {
            live.wanted = false;
        }
        for (edge, atom, stands_in) in wanted {
            match self.edges.iter_mut().find(|live| live.edge == edge) {
                Some(live) => {
                    live.wanted = true;
                    live.reopened |= !matches!(live.aim, Aim::Open(_));
                    let silent = is_silent(&target, edge.from_node(), &sounding);
                    live.aim = Aim::Open(if silent { 0 } else { self.settings.fades.fade });
                }
                None => {
                    self.add_edge(&target, edge, atom, &sounding);
                    if let Some(added) = self.edges.last_mut() {
                        added.stands_in = stands_in;
                    }
                }
            }
        }
        self.close_unwanted(&sounding);
        self.target = target;
    }

    /// Nodes that still ring, and those that are fed by them or from outside.
    fn sounding(&self) -> HashSet<NodeId> {
        let threshold = self.settings.fades.tail.threshold;
        let mut sounding: HashSet<NodeId> = self
            .nodes
            .iter()
            .filter(|live| live.node.inputs.is_empty() || live.cell.level() > threshold)
            .map(|live| live.node.id)
            .collect();
        let open: Vec<&Edge> = self
            .edges
            .iter()
            .filter(|live| !live.atom)
            .filter(|live| live.cell.state() != EdgeState::Closed || matches!(live.aim, Aim::Open(_)))
            .map(|live| &live.edge)
            .collect();
        loop {
            let before = sounding.len();
            for edge in &open {
                if edge.from_node().is_none_or(|from| sounding.contains(&from)) {
                    sounding.extend(edge.to_node());
                }
            }
            if sounding.len() == before {
                return sounding;
            }
        }
    }

    /// Whether `target` re-wires a node whose inputs are on their way. Gains in series would then multiply, and what
    /// adds up to one at both ends would not on the way.
    pub(super) fn crosses_a_fade(&self, target: &Graph) -> bool {
        if self.edges.iter().any(|live| live.stands_in) {
            return true; // two plugins are changing places; that takes two fades
        }
        let on_its_way = |live: &LiveEdge| match live.aim {
            Aim::Open(_) => live.cell.state() != EdgeState::Open || live.reopened,
            Aim::Close(_) => live.cell.state() != EdgeState::Closed,
            Aim::Ring(_) | Aim::Freeze | Aim::Keep => false,
        };
        let unsettled: HashSet<NodeId> = self
            .edges
            .iter()
            .filter(|live| !live.atom && on_its_way(live))
            .filter_map(|live| live.edge.to_node())
            .collect();
        let cables_of = |graph: &Graph, id: NodeId| {
            let touches = |edge: &&Edge| edge.from_node() == Some(id) || edge.to_node() == Some(id);
            let mut ends: Vec<_> =
                graph.edges.iter().filter(touches).map(|edge| (edge.source, edge.sink)).collect();
            ends.sort_unstable();
            ends
        };
        target.nodes.iter().any(|node| {
            unsettled.contains(&node.id) && cables_of(target, node.id) != cables_of(&self.target, node.id)
        })
    }

    fn take_nodes(&mut self, target: &Graph, cells: &HashMap<NodeId, Arc<NodeCell>>) {
        for live in &mut self.nodes {
            live.departing = true;
        }
        for node in &target.nodes {
            match self.nodes.iter_mut().find(|live| live.node.id == node.id) {
                Some(live) => {
                    live.departing = false;
                    live.node = node.clone();
                }
                None => {
                    if let Some(cell) = cells.get(&node.id) {
                        self.nodes.push(LiveNode {
                            node: node.clone(),
                            cell: cell.clone(),
                            departing: false,
                        });
                    }
                }
            }
        }
    }

    /// The cables of `target` with their delays, loops marked. A cable that would close a loop only together with
    /// what still sounds of an earlier board stands in as a loop.
    fn wanted_edges(&mut self, target: &Graph) -> Vec<(Edge, bool, bool)> {
        let natural = feedback_edges(&target.edges);
        let delays = if self.settings.compensate {
            compensation(target, &natural)
        } else {
            vec![0; target.edges.len()]
        };
        let mut wanted: Vec<Edge> = Vec::with_capacity(target.edges.len());
        for ((edge, &feedback), &delay) in target.edges.iter().zip(&natural).zip(&delays) {
            wanted.push(Edge { delay, feedback: edge.feedback || feedback, ..*edge });
        }
        let mut union: Vec<Edge> = self.edges.iter().map(|live| live.edge).collect();
        let known = union.len();
        union
            .extend(wanted.iter().filter(|edge| !union[..known].contains(edge)).copied().collect::<Vec<_>>());
        let late = feedback_edges(&union);
        self.stand_in = false;
        wanted
            .into_iter()
            .map(|edge| {
                let position = union.iter().position(|other| *other == edge);
                let stands_in = position.is_some_and(|position| late[position]) && !edge.feedback;
                self.stand_in |= stands_in;
                let edge = Edge { feedback: edge.feedback || stands_in, ..edge };
                let atom = target.source_signal(edge.source) == Ok(Signal::Atom);
                (edge, atom, stands_in)
            })
            .collect()
    }

    /// A new cable. What comes from a node that nothing has fed so far may pass at once, for that node's own
    /// inputs are faded in; everything else is faded in here.
    fn add_edge(&mut self, target: &Graph, edge: Edge, atom: bool, sounding: &HashSet<NodeId>) {
        let from_silent = is_silent(target, edge.from_node(), sounding);
        let open = from_silent || atom;
        let shape = EdgeShape {
            delay: edge.delay,
            late: if edge.feedback { self.settings.period as u32 } else { 0 },
            atom,
            max_frames: self.settings.period,
        };
        self.edges.push(LiveEdge {
            edge,
            cell: Arc::new(EdgeCell::new(shape, open)),
            aim: Aim::Open(self.settings.fades.fade),
            atom,
            wanted: true,
            reopened: false,
            stands_in: false,
            compiled: if open { EdgeUse::Steady } else { EdgeUse::Moving },
        });
    }

    fn close_unwanted(&mut self, sounding: &HashSet<NodeId>) {
        let nodes: HashMap<NodeId, (bool, bool)> = self
            .nodes
            .iter()
            .map(|live| (live.node.id, (live.departing, live.node.inputs.is_empty())))
            .collect();
        let departs =
            |id: Option<NodeId>| id.and_then(|id| nodes.get(&id)).is_some_and(|&(departing, _)| departing);
        let generates =
            |id: Option<NodeId>| id.and_then(|id| nodes.get(&id)).is_some_and(|&(_, without)| without);
        let fades = self.settings.fades;
        for live in self.edges.iter_mut().filter(|live| !live.wanted) {
            let (from, to) = (live.edge.from_node(), live.edge.to_node());
            if departs(from) && departs(to) {
                live.aim = Aim::Freeze;
            } else if live.atom {
                if !matches!(live.aim, Aim::Close(_)) {
                    self.silenced.extend(to);
                }
                live.aim = Aim::Close(0);
            } else if departs(from) && !generates(from) {
                live.aim = Aim::Ring(fades.tail);
            } else if from.is_some_and(|from| !sounding.contains(&from)) && !generates(from) {
                // nothing came through it yet, and what comes now must not
                live.aim = Aim::Close(0);
            } else {
                live.aim = Aim::Close(fades.fade);
            }
        }
    }
}

/// Whether a node puts out nothing now: nothing feeds it, nothing rings, and it makes no sound of its own.
fn is_silent(target: &Graph, node: Option<NodeId>, sounding: &HashSet<NodeId>) -> bool {
    node.is_some_and(|id| {
        !sounding.contains(&id) && target.node(id).is_some_and(|node| !node.inputs.is_empty())
    })
}
