//! Which thread runs which plugins: chains are cut where paths part or meet, and spread over the lanes so that the
//! longest path starts first.

use std::collections::HashMap;

use super::latency::topological;
use super::{Graph, NodeId};

/// Below this gain over running everything in one thread, waking other threads does not pay.
const WORTHWHILE: f64 = 0.9;

/// A run of nodes that one thread executes in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Positions in [`Schedule::segments`], in the order in which the lane's thread takes them.
    pub segments: Vec<usize>,
}

/// The nodes of one segment and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentNodes {
    /// Nodes in order of execution.
    pub nodes: Vec<NodeId>,
    /// Earlier segments whose results it reads.
    pub after: Vec<usize>,
    /// Sum of the nodes' costs.
    pub cost: u64,
}

/// Static assignment of a board to threads. Executing the segments in order is always correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Segments, each after all that it waits for.
    pub segments: Vec<SegmentNodes>,
    /// One entry per thread, the audio callback first; one entry only when more would not pay.
    pub lanes: Vec<Lane>,
}

impl Schedule {
    /// Plans `graph` for at most `threads` threads (1 = everything in the callback).
    pub fn new(graph: &Graph, feedback: &[bool], threads: usize) -> Self {
        let order = topological(graph, feedback);
        let serial = || {
            let cost = graph.nodes.iter().map(|node| u64::from(node.cost)).sum();
            Schedule {
                segments: vec![SegmentNodes { nodes: order.clone(), after: Vec::new(), cost }],
                lanes: vec![Lane { segments: vec![0] }],
            }
        };
        if threads <= 1 || order.len() < 2 {
            return serial();
        }
        let segments = segments(graph, feedback, &order);
        let lanes = assign(&segments, threads);
        let total: u64 = segments.iter().map(|segment| segment.cost).sum();
        let (lanes, makespan) = lanes;
        if makespan as f64 > total as f64 * WORTHWHILE { serial() } else { Schedule { segments, lanes } }
    }
}

fn segments(graph: &Graph, feedback: &[bool], order: &[NodeId]) -> Vec<SegmentNodes> {
    let mut before: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    let mut behind: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    for (edge, _) in graph.edges.iter().zip(feedback).filter(|&(_, &late)| !late) {
        if let (Some(from), Some(to)) = (edge.from_node(), edge.to_node()) {
            push_new(before.entry(to).or_default(), from);
            push_new(behind.entry(from).or_default(), to);
        }
    }
    let cost_of: HashMap<NodeId, u64> =
        graph.nodes.iter().map(|node| (node.id, u64::from(node.cost.max(1)))).collect();
    let mut found: Vec<SegmentNodes> = Vec::new();
    let mut segment_of: HashMap<NodeId, usize> = HashMap::new();
    for &id in order {
        let inputs = before.get(&id).map_or(&[][..], Vec::as_slice);
        let joins = match inputs {
            [only] if behind[only].len() == 1 => Some(segment_of[only]),
            _ => None,
        };
        let position = joins.unwrap_or_else(|| {
            let mut after: Vec<usize> = inputs.iter().map(|input| segment_of[input]).collect();
            after.sort_unstable();
            after.dedup();
            found.push(SegmentNodes { nodes: Vec::new(), after, cost: 0 });
            found.len() - 1
        });
        found[position].nodes.push(id);
        found[position].cost += cost_of[&id];
        segment_of.insert(id, position);
    }
    found
}

fn push_new(list: &mut Vec<NodeId>, id: NodeId) {
    if !list.contains(&id) {
        list.push(id);
    }
}

/// List scheduling: the segment with the longest way to the end first, on the lane that can start it first.
fn assign(segments: &[SegmentNodes], threads: usize) -> (Vec<Lane>, u64) {
    let mut way = vec![0u64; segments.len()];
    for position in (0..segments.len()).rev() {
        way[position] += segments[position].cost;
        for &earlier in &segments[position].after {
            way[earlier] = way[earlier].max(way[position]);
        }
    }
    let mut lanes = vec![Lane { segments: Vec::new() }; threads];
    let mut free_at = vec![0u64; threads];
    let mut done_at: Vec<Option<u64>> = vec![None; segments.len()];
    for _ in 0..segments.len() {
        let ready = |position: &usize| {
            done_at[*position].is_none() && segments[*position].after.iter().all(|&s| done_at[s].is_some())
        };
        let Some(next) = (0..segments.len())
            .filter(ready)
            .max_by_key(|&position| (way[position], std::cmp::Reverse(position)))
        else {
            break;
        };
        let inputs_at = segments[next].after.iter().filter_map(|&s| done_at[s]).max().unwrap_or(0);
        let lane = (0..threads).min_by_key(|&lane| (free_at[lane].max(inputs_at), lane)).unwrap_or(0);
        free_at[lane] = free_at[lane].max(inputs_at) + segments[next].cost;
        done_at[next] = Some(free_at[lane]);
        lanes[lane].segments.push(next);
    }
    let makespan = free_at.iter().copied().max().unwrap_or(0);
    (lanes, makespan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Edge, Node, Signal, Sink, Source};

    fn graph(nodes: u64, cables: &[(u64, u64)]) -> Graph {
        let node = |id| Node {
            id: NodeId(id),
            inputs: vec![Signal::Audio],
            outputs: vec![Signal::Audio],
            in_place: true,
            latency: 0,
            cost: 100,
        };
        let cable = |&(from, to)| Edge::new(Source::Node(NodeId(from), 0), Sink::Node(NodeId(to), 0));
        Graph { nodes: (0..nodes).map(node).collect(), edges: cables.iter().map(cable).collect() }
    }

    #[test]
    fn a_chain_stays_in_the_callback() {
        let graph = graph(4, &[(0, 1), (1, 2), (2, 3)]);
        let schedule = Schedule::new(&graph, &[false; 3], 4);
        assert_eq!(schedule.lanes.len(), 1);
        assert_eq!(schedule.segments.len(), 1);
    }

    #[test]
    fn two_branches_take_two_lanes() {
        let graph = graph(6, &[(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5)]);
        let schedule = Schedule::new(&graph, &[false; 6], 2);
        let nodes: Vec<Vec<u64>> =
            schedule.segments.iter().map(|s| s.nodes.iter().map(|id| id.0).collect()).collect();
        assert_eq!(nodes, [vec![0], vec![1, 3], vec![2, 4], vec![5]]);
        let taken: Vec<_> = schedule.lanes.iter().map(|lane| lane.segments.clone()).collect();
        assert_eq!(taken, [vec![0, 1, 3], vec![2]]);
    }
}
