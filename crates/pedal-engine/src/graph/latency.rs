//! Delay compensation: parallel paths that meet again are delayed to the slowest of them.

use std::collections::HashMap;

use super::{Graph, NodeId, Signal, Sink};

/// Longest delay that compensation inserts, in frames (one second at 192 kHz). A plugin that reports more is
/// taken at its word only up to here.
pub(super) const MAX_COMPENSATION: u32 = 192_000;

/// Frames by which a signal is late at the playback channels, on the slowest path through `graph`. With compensation
/// all paths are as late as this one. `feedback` tells, per cable, which are left out.
pub fn board_latency(graph: &Graph, feedback: &[bool]) -> u32 {
    paths(graph, feedback).1
}

/// Delay in frames for each cable of `graph`, so that all audio and CV signals arriving at one node, and at the
/// playback channels together, left the capture side at the same time. `feedback` tells, per cable, which are
/// left out; atom cables get no delay.
pub fn compensation(graph: &Graph, feedback: &[bool]) -> Vec<u32> {
    paths(graph, feedback).0
}

/// Delays of the cables, and the latency of the slowest path.
fn paths(graph: &Graph, feedback: &[bool]) -> (Vec<u32>, u32) {
    let order = topological(graph, feedback);
    let mut at_output: HashMap<NodeId, u32> = HashMap::new();
    let mut delays = vec![0; graph.edges.len()];
    let is_signal = |index: usize| {
        graph.sink_signal(graph.edges[index].sink).is_ok_and(|kind| kind != Signal::Atom) && !feedback[index]
    };
    let arrival = |at_output: &HashMap<NodeId, u32>, index: usize| {
        graph.edges[index].from_node().and_then(|id| at_output.get(&id).copied()).unwrap_or(0)
    };
    for id in order {
        let arriving: Vec<usize> = (0..graph.edges.len())
            .filter(|&index| graph.edges[index].to_node() == Some(id) && is_signal(index))
            .collect();
        let latest = arriving.iter().map(|&index| arrival(&at_output, index)).max().unwrap_or(0);
        for index in arriving {
            delays[index] = (latest - arrival(&at_output, index)).min(MAX_COMPENSATION);
        }
        let own = graph.node(id).map_or(0, |node| node.latency).min(MAX_COMPENSATION);
        at_output.insert(id, latest.saturating_add(own));
    }
    let outgoing: Vec<usize> = (0..graph.edges.len())
        .filter(|&index| matches!(graph.edges[index].sink, Sink::Playback(_)) && is_signal(index))
        .collect();
    let latest = outgoing.iter().map(|&index| arrival(&at_output, index)).max().unwrap_or(0);
    for index in outgoing {
        delays[index] = (latest - arrival(&at_output, index)).min(MAX_COMPENSATION);
    }
    (delays, latest)
}

/// Nodes in an order in which every cable that is not marked leads forward; ties keep the order of the board.
pub(super) fn topological(graph: &Graph, feedback: &[bool]) -> Vec<NodeId> {
    let index: HashMap<NodeId, usize> =
        graph.nodes.iter().enumerate().map(|(position, node)| (node.id, position)).collect();
    let mut waiting = vec![0usize; graph.nodes.len()];
    let mut leads_to: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for (edge, &late) in graph.edges.iter().zip(feedback) {
        if late {
            continue;
        }
        let ends = edge.from_node().zip(edge.to_node());
        if let Some((&from, &to)) = ends.and_then(|(from, to)| index.get(&from).zip(index.get(&to))) {
            waiting[to] += 1;
            leads_to[from].push(to);
        }
    }
    let mut ready: std::collections::BTreeSet<usize> =
        (0..graph.nodes.len()).filter(|&node| waiting[node] == 0).collect();
    let mut order = Vec::with_capacity(graph.nodes.len());
    while let Some(node) = ready.pop_first() {
        order.push(graph.nodes[node].id);
        for &next in &leads_to[node] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.insert(next);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Edge, Node, Source};

    fn node(id: u64, latency: u32) -> Node {
        Node {
            id: NodeId(id),
            inputs: vec![Signal::Audio],
            outputs: vec![Signal::Audio],
            in_place: true,
            latency,
            cost: 1,
        }
    }

    #[test]
    fn the_short_path_waits_for_the_long_one() {
        let graph = Graph {
            nodes: vec![node(1, 0), node(2, 100), node(3, 7)],
            edges: vec![
                Edge::new(Source::Capture(0), Sink::Node(NodeId(1), 0)),
                Edge::new(Source::Node(NodeId(1), 0), Sink::Node(NodeId(2), 0)),
                Edge::new(Source::Node(NodeId(1), 0), Sink::Node(NodeId(3), 0)),
                Edge::new(Source::Node(NodeId(2), 0), Sink::Playback(0)),
                Edge::new(Source::Node(NodeId(3), 0), Sink::Playback(1)),
                Edge::new(Source::Capture(0), Sink::Playback(1)),
            ],
        };
        assert_eq!(compensation(&graph, &[false; 6]), [0, 0, 0, 0, 93, 100]);
        assert_eq!(board_latency(&graph, &[false; 6]), 100);
    }
}
