//! What a plugin costs on this machine: measured alone, away from the audio thread, and kept per machine.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::events::EventBuffer;
use crate::exec::{ExecPlan, NodeCell, PlanInput, PlanOutput, PlanParts, Policy};
use crate::graph::{CompileOptions, Edge, EdgeUse, Graph, Node, Signal, Sink, Source, compile};
use crate::host::MakeError;
use crate::meter::Counter;
use crate::unit::BlockInfo;

/// Blocks measured.
const BLOCKS: u32 = 1000;

/// Time of one block of one plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginCost {
    /// The plugin.
    pub uri: String,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Block length in frames.
    pub period: usize,
    /// Median time of a block in microseconds.
    pub p50_us: f64,
    /// 99th percentile in microseconds.
    pub p99_us: f64,
    /// Longest in microseconds.
    pub max_us: f64,
    /// Blocks measured, on noise at −12 dBFS.
    pub blocks: u32,
    /// 99th percentile in percent of the period.
    pub load_percent: f64,
}

/// Why a cost cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// The plugin cannot be made.
    #[error(transparent)]
    Make(#[from] MakeError),
}

/// Runs a node alone on noise and measures it. `poll` lets the plugin's own threads work.
pub fn measure(
    node: &Node,
    cell: &Arc<NodeCell>,
    uri: &str,
    sample_rate: u32,
    period: usize,
    mut poll: impl FnMut(),
) -> PluginCost {
    let audio = node.inputs.iter().enumerate().filter(|(_, kind)| **kind == Signal::Audio);
    let edges: Vec<Edge> =
        audio.map(|(port, _)| Edge::new(Source::Capture(0), Sink::Node(node.id, port as u16))).collect();
    let graph = Graph { nodes: vec![node.clone()], edges };
    let uses = vec![EdgeUse::Steady; graph.edges.len()];
    let spec = compile(&graph, &uses, CompileOptions::default()).unwrap_or_default();
    let mut plan = ExecPlan::new(PlanParts {
        spec,
        nodes: vec![cell.clone()],
        edges: Vec::new(),
        aims: Vec::new(),
        prime: false,
        silenced: Vec::new(),
        max_frames: period,
        captures: 1,
        midi_inputs: 0,
        serial: 0,
        policy: Policy::default(),
    });
    let mut scratch = EventBuffer::default();
    let mut noise = Noise(1);
    for number in 1..=BLOCKS + 50 {
        if number == 50 {
            cell.timing.request_reset();
        }
        let samples: Vec<f32> = (0..period).map(|_| noise.next() * 0.25).collect();
        let input = PlanInput { frames: period, captures: &[&samples], midi: &[] };
        let mut output = PlanOutput { playbacks: &mut [], midi: &mut [], scratch: &mut scratch };
        plan.run(number, BlockInfo::default(), &input, &mut output, None);
        if number % 16 == 0 {
            poll();
        }
    }
    let counter = Counter::get();
    let snapshot = cell.timing.snapshot();
    let us = |ticks: u64| counter.ns(ticks) / 1000.0;
    let p99_us = us(snapshot.quantile(0.99));
    PluginCost {
        uri: uri.to_owned(),
        sample_rate,
        period,
        p50_us: us(snapshot.quantile(0.5)),
        p99_us,
        max_us: us(snapshot.max()),
        blocks: BLOCKS,
        load_percent: p99_us / (period as f64 / f64::from(sample_rate) * 1e6) * 100.0,
    }
}

/// White noise between −1 and 1.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / u32::MAX as f32 * 2.0 - 1.0
    }
}

/// Costs measured on this machine, by processor, plugin, rate and period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CostCache {
    machines: BTreeMap<String, BTreeMap<String, PluginCost>>,
}

impl CostCache {
    /// Reads the cache; a missing or damaged one is empty, for everything in it can be measured again.
    pub fn read(path: &Path) -> Self {
        crate::files::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// A cost measured before on this machine.
    pub fn get(&self, uri: &str, sample_rate: u32, period: usize) -> Option<PluginCost> {
        self.machines.get(&machine())?.get(&key(uri, sample_rate, period)).cloned()
    }

    /// Takes a cost in.
    pub fn put(&mut self, cost: PluginCost) {
        let key = key(&cost.uri, cost.sample_rate, cost.period);
        self.machines.entry(machine()).or_default().insert(key, cost);
    }

    /// Writes the cache, whole or not at all.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        crate::files::write_atomically(path, |file| {
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.write_all(b"\n")
        })
    }
}

fn key(uri: &str, sample_rate: u32, period: usize) -> String {
    format!("{uri} {sample_rate} {period}")
}

/// The processor's name: costs of another machine do not count here.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name") || line.starts_with("Model"));
    line.and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}
