//! How long a board takes from graph to plan.

use std::time::Instant;

use anyhow::{Context, Result};
use pedal_engine::graph::{
    CompileOptions, Edge, EdgeUse, Graph, Node, NodeId, Signal, Sink, Source, compile,
};

/// Compilations; the median and the worst are printed.
const ROUNDS: usize = 201;

/// Prints `{"plugins": …, "median_ms": …, "max_ms": …}` for a board of `plugins` in 4 parallel branches, which is harder than
/// a chain: every branch is fanned out from the input and mixed into the output.
pub(crate) fn run(plugins: u64) -> Result<()> {
    let graph = board(plugins);
    let uses = vec![EdgeUse::Steady; graph.edges.len()];
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let plan = compile(&graph, &uses, CompileOptions { threads: 2, in_place: true });
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        std::hint::black_box(plan.context("the board does not compile")?);
    }
    times.sort_by(f64::total_cmp);
    let report = serde_json::json!({ "plugins": plugins, "median_ms": times[ROUNDS / 2], "max_ms": times[ROUNDS - 1] });
    println!("{report}");
    Ok(())
}

fn board(plugins: u64) -> Graph {
    const BRANCHES: u64 = 4;
    let node = |id| Node {
        id: NodeId(id),
        inputs: vec![Signal::Audio],
        outputs: vec![Signal::Audio],
        in_place: id % 3 != 0,
        latency: 0,
        cost: 100 + id as u32,
    };
    let mut edges = Vec::new();
    for id in 0..plugins {
        let source = match id.checked_sub(BRANCHES) {
            None => Source::Capture(0),
            Some(before) => Source::Node(NodeId(before), 0),
        };
        edges.push(Edge::new(source, Sink::Node(NodeId(id), 0)));
        if id + BRANCHES >= plugins {
            edges.push(Edge::new(Source::Node(NodeId(id), 0), Sink::Playback(0)));
        }
    }
    Graph { nodes: (0..plugins).map(node).collect(), edges }
}
