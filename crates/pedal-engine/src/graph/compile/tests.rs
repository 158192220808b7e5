use super::*;
use crate::graph::{Edge, Node};

#[test]
fn an_output_takes_the_place_of_the_input_that_a_bypass_passes_on() {
    let node = |id, inputs: &[Signal], outputs: &[Signal]| Node {
        id: NodeId(id),
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        in_place: true,
        latency: 0,
        cost: 1,
    };
    let cable = |from, to, port| Edge::new(Source::Node(NodeId(from), 0), Sink::Node(NodeId(to), port));
    let graph = Graph {
        nodes: vec![
            node(1, &[], &[Signal::Audio]),
            node(2, &[], &[Signal::Cv]),
            node(3, &[Signal::Audio, Signal::Cv], &[Signal::Cv, Signal::Audio]),
        ],
        edges: vec![cable(1, 3, 0), cable(2, 3, 1)],
    };
    let plan = compile(&graph, &[EdgeUse::Steady; 2], CompileOptions::default()).expect("sound");
    let Some(Step::Run { inputs, outputs, .. }) = plan.steps.last() else { panic!("the last node runs") };
    let [audio, cv] = &plan.feeds[inputs.start as usize..inputs.end as usize] else { panic!("two inputs") };
    let [cv_out, audio_out] = plan.writes[outputs.start as usize..outputs.end as usize] else {
        panic!("two outputs")
    };
    assert_eq!((*audio, *cv), (Feed::Buffer(audio_out), Feed::Buffer(cv_out)));
}
