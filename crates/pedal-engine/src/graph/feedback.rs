//! Which cables close a loop. As in JACK, the cable that was made last and closes the loop carries the signal one
//! block late.

use std::collections::HashMap;

use super::{Edge, NodeId};

/// For each cable, in the order given, whether it closes a loop of the cables before it that do not. Cables
/// whose [`Edge::feedback`] is already set stay so. Cost: cables × cables in the worst case.
pub fn feedback_edges(edges: &[Edge]) -> Vec<bool> {
    let mut forward: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    let mut stack = Vec::new();
    let mut seen = Vec::new();
    edges
        .iter()
        .map(|edge| {
            let (Some(from), Some(to)) = (edge.from_node(), edge.to_node()) else { return false };
            if edge.feedback || from == to || reaches(&forward, to, from, &mut stack, &mut seen) {
                return true;
            }
            forward.entry(from).or_default().push(to);
            false
        })
        .collect()
}

fn reaches(
    forward: &HashMap<NodeId, Vec<NodeId>>,
    start: NodeId,
    goal: NodeId,
    stack: &mut Vec<NodeId>,
    seen: &mut Vec<NodeId>,
) -> bool {
    stack.clear();
    seen.clear();
    stack.push(start);
    while let Some(node) = stack.pop() {
        if node == goal {
            return true;
        }
        if seen.contains(&node) {
            continue;
        }
        seen.push(node);
        stack.extend(forward.get(&node).into_iter().flatten());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Sink, Source};

    fn cable(from: u64, to: u64) -> Edge {
        Edge::new(Source::Node(NodeId(from), 0), Sink::Node(NodeId(to), 0))
    }

    #[test]
    fn the_last_cable_of_a_loop_is_the_late_one() {
        let edges = [cable(1, 2), cable(2, 3), cable(3, 1), cable(3, 4)];
        assert_eq!(feedback_edges(&edges), [false, false, true, false]);
    }

    #[test]
    fn a_plugin_into_itself_is_a_loop() {
        assert_eq!(feedback_edges(&[cable(1, 1)]), [true]);
    }

    #[test]
    fn a_diamond_is_no_loop() {
        let edges = [cable(1, 2), cable(1, 3), cable(2, 4), cable(3, 4)];
        assert_eq!(feedback_edges(&edges), [false; 4]);
    }
}
