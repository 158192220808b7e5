//! A random board sounds exactly as a naive interpreter of the same board says: bit for bit.

use std::collections::HashMap;

use pedal_engine::graph::{Edge, Graph, Node, NodeId, Signal, Sink, Source, feedback_edges};
use pedal_engine::io::MidiBuffer;
use pedal_engine::unit::{PassThrough, Unit, UnitInfo, UnitIo};
use proptest::prelude::*;

use crate::rig::Rig;

/// A small stateful effect with any number of ports: each output is a leaky mix of all inputs.
#[derive(Debug, Clone)]
struct Leak {
    outputs: usize,
    amount: f32,
    state: Vec<f32>,
}

impl Leak {
    fn new(outputs: usize, amount: f32) -> Self {
        Self { outputs, amount, state: vec![0.0; outputs] }
    }

    fn process(&mut self, inputs: &[Vec<f32>], frames: usize) -> Vec<Vec<f32>> {
        let mut result = vec![vec![0.0; frames]; self.outputs];
        for frame in 0..frames {
            for (output, state) in self.state.iter_mut().enumerate() {
                let mut sum = 0.1 * (output as f32 + 1.0);
                for (number, input) in inputs.iter().enumerate() {
                    sum += input[frame] * self.amount / (number + output + 1) as f32;
                }
                *state = *state * 0.3 + sum * 0.2;
                result[output][frame] = *state;
            }
        }
        result
    }
}

struct LeakUnit(Leak, usize);

impl Unit for LeakUnit {
    fn run(&mut self, io: &UnitIo<'_>) {
        let inputs: Vec<Vec<f32>> =
            (0..self.1).map(|port| io.input(port).iter().map(|s| s.get()).collect()).collect();
        for (port, samples) in self.0.process(&inputs, io.frames()).iter().enumerate() {
            for (cell, &sample) in io.output(port).iter().zip(samples) {
                cell.set(sample);
            }
        }
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}
}

/// Every node with buffers of its own, every cable summed in the order of the board.
struct Naive {
    graph: Graph,
    feedback: Vec<bool>,
    leaks: HashMap<NodeId, Leak>,
    before: HashMap<Source, Vec<f32>>,
}

impl Naive {
    fn block(&mut self, frames: usize, captures: &[Vec<f32>; 2]) -> [Vec<f32>; 2] {
        let mut now: HashMap<Source, Vec<f32>> = HashMap::new();
        for (channel, samples) in captures.iter().enumerate() {
            now.insert(Source::Capture(channel as u16), samples.clone());
        }
        let mut waiting: Vec<Node> = self.graph.nodes.clone();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|node| {
                self.graph.edges.iter().zip(&self.feedback).all(|(edge, &late)| {
                    late || edge.to_node() != Some(node.id) || now.contains_key(&edge.source)
                })
            });
            let node = waiting.remove(ready.expect("no loop without a late cable"));
            let inputs: Vec<Vec<f32>> = (0..node.inputs.len())
                .map(|port| self.sum(Sink::Node(node.id, port as u16), frames, &now))
                .collect();
            let leak = self.leaks.get_mut(&node.id).expect("made with the graph");
            for (port, samples) in leak.process(&inputs, frames).into_iter().enumerate() {
                now.insert(Source::Node(node.id, port as u16), samples);
            }
        }
        let out = [0, 1].map(|channel| self.sum(Sink::Playback(channel), frames, &now));
        self.before = now;
        out
    }

    fn sum(&self, sink: Sink, frames: usize, now: &HashMap<Source, Vec<f32>>) -> Vec<f32> {
        let mut total: Option<Vec<f32>> = None;
        let cables = self.graph.edges.iter().zip(&self.feedback).filter(|(edge, _)| edge.sink == sink);
        for (edge, &late) in cables {
            let silence = vec![0.0; frames];
            let source = if late { self.before.get(&edge.source) } else { now.get(&edge.source) };
            let samples = source.unwrap_or(&silence);
            total = Some(match total {
                None => samples.clone(),
                Some(total) => total.iter().zip(samples).map(|(a, b)| a + b).collect(),
            });
        }
        total.unwrap_or_else(|| vec![0.0; frames])
    }
}

#[derive(Debug, Clone)]
struct Recipe {
    nodes: Vec<(usize, usize, f32)>,
    cables: Vec<(usize, usize, usize, usize)>,
    period: usize,
    threads: usize,
    in_place: bool,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let nodes = prop::collection::vec((0usize..4, 0usize..4, 0.1f32..1.0), 1..10);
    let cables = prop::collection::vec((0usize..12, 0usize..4, 0usize..12, 0usize..4), 0..40);
    (nodes, cables, 1usize..70, 1usize..4, any::<bool>()).prop_map(
        |(nodes, cables, period, threads, in_place)| Recipe { nodes, cables, period, threads, in_place },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn plan_equals_interpreter(recipe in recipe()) {
        let mut rig = Rig::new(recipe.period, recipe.threads, recipe.in_place);
        rig.strict = false;
        let mut settings = *rig.live.settings();
        settings.fades.fade = 0;
        rig.live.set_settings(settings);
        let mut nodes: Vec<Node> = Vec::new();
        let mut leaks = HashMap::new();
        for &(inputs, outputs, amount) in &recipe.nodes {
            let kinds = |count| vec![Signal::Audio; count];
            let info: UnitInfo = PassThrough::info("urn:test:leak", kinds(inputs), kinds(outputs));
            let leak = Leak::new(outputs, amount);
            let node = rig.node(info, Box::new(LeakUnit(leak.clone(), inputs)), 0);
            leaks.insert(node.id, leak);
            nodes.push(node);
        }
        let mut edges: Vec<Edge> = Vec::new();
        for &(from, from_port, to, to_port) in &recipe.cables {
            let source = match nodes.get(from) {
                Some(node) if from_port < node.outputs.len() => Source::Node(node.id, from_port as u16),
                Some(_) => continue,
                None => Source::Capture((from % 2) as u16),
            };
            let sink = match nodes.get(to) {
                Some(node) if to_port < node.inputs.len() => Sink::Node(node.id, to_port as u16),
                Some(_) => continue,
                None => Sink::Playback((to % 2) as u16),
            };
            if !edges.contains(&Edge::new(source, sink)) {
                edges.push(Edge::new(source, sink));
            }
        }
        let graph = Graph { nodes: nodes.clone(), edges: edges.clone() };
        let mut naive = Naive { feedback: feedback_edges(&edges), graph, leaks, before: HashMap::new() };
        rig.send(nodes, edges);
        let none = MidiBuffer::default();
        let input = |channel: usize, time: u64| ((time * 7 + channel as u64 * 13) % 31) as f32 / 31.0 - 0.5;
        for block in 0..6 {
            if block == 3 {
                rig.sweep();
            }
            let time = rig.time;
            let captures = [0, 1].map(|channel| {
                (0..recipe.period).map(|i| input(channel, time + i as u64)).collect::<Vec<f32>>()
            });
            let got = rig.block(recipe.period, input, &none);
            let expected = naive.block(recipe.period, &captures);
            prop_assert_eq!(got, expected, "block {}", block);
        }
    }
}
