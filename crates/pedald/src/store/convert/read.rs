//! From a bundle to the session's board.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pedalboard::{Actuator, Arc as Cable, Block, Bundle, ParameterValue};

use super::{bound, tempo_range};
use crate::session::{
    Addressing, Board, BoardRead, Catalogue, ControlPort, Endpoint, Instance, Plugin, PluginSpec, SHAPES,
    Snapshot, SnapshotPlugin, Tempo, Value,
};
use crate::store::own;

/// A board from its bundle. Plugins that are not installed are on it, as `missing`.
pub(in crate::store) fn board(bundle: &Bundle, catalogue: &dyn Catalogue) -> BoardRead {
    let graph = &bundle.graph;
    let mut taken = BTreeSet::new();
    let mut plugins = Vec::with_capacity(graph.blocks.len());
    for block in &graph.blocks {
        let wanted = block.number.and_then(|number| i32::try_from(number).ok());
        let number = wanted.filter(|number| *number < mod_protocol::FIRST_TOOL && !taken.contains(number));
        let number = number.unwrap_or_else(|| taken.last().map_or(0, |last| last + 1));
        taken.insert(number);
        plugins.push(Arc::new(plugin(bundle, block, number, catalogue)));
    }
    let cable = |arc: &Cable| (Endpoint::parse(&arc.source), Endpoint::parse(&arc.target));
    let (beats, bpm, rolling) = graph.tempo();
    let usual = Tempo::default();
    let tempo = Tempo {
        bpm: bpm.map_or(usual.bpm, f64::from),
        beats_per_bar: beats.map_or(usual.beats_per_bar, f64::from),
        rolling: rolling.unwrap_or(false),
    };
    let tempo_midi = [":bpm", ":bpb", ":rolling"].into_iter().filter_map(|symbol| {
        let binding = graph.port(symbol)?.binding?;
        Some((symbol.into(), bound(&binding, tempo_range(symbol))))
    });
    let mut problems: Vec<String> = bundle.problems.iter().map(ToString::to_string).collect();
    let shapes = bundle.own.as_deref().map(own::shapes).transpose().unwrap_or_else(|error| {
        problems.push(format!("archibald.json: {error}; the curves of the assignments are straight"));
        None
    });
    for (instance, parameters) in bundle.own.as_deref().map(own::parameters).unwrap_or_default() {
        if let Some(plugin) = plugins.iter_mut().find(|plugin| plugin.instance == instance) {
            Arc::make_mut(plugin).parameters.extend(parameters);
        }
    }
    let shapes = shapes.filter(|list| !list.is_empty()).map(|list| (SHAPES.to_owned(), list));
    let mut board = Board {
        title: graph.title.clone(),
        bundle: Some(bundle.folder.clone()),
        plugins,
        connections: graph.arcs.iter().map(cable).collect(),
        snapshots: bundle.snapshots.snapshots.iter().map(|stored| Arc::new(snapshot(stored))).collect(),
        snapshot: usize::try_from(bundle.snapshots.current).ok(),
        tempo,
        tempo_midi: tempo_midi.collect(),
        addressings: addressings(bundle).into_iter().chain(shapes).collect(),
        size: (graph.width, graph.height),
        midi_separated: graph.midi_separated(),
        midi_loopback: graph.midi_loopback(),
    };
    board.snapshot = board.snapshot.filter(|at| *at < board.snapshots.len());
    if board.snapshots.is_empty() {
        board.snapshots.push(Arc::new(board.capture("Default")));
        board.snapshot = Some(0);
    }
    BoardRead { board: Arc::new(board), problems }
}

fn plugin(bundle: &Bundle, block: &Block, number: i32, catalogue: &dyn Catalogue) -> Plugin {
    let spec = catalogue.plugin(&block.uri);
    let missing = spec.is_none();
    let spec = spec.unwrap_or_else(|| Arc::new(PluginSpec::missing(&block.uri)));
    let mut plugin = Plugin::new(Instance::new(&block.instance), number, spec.clone());
    for (symbol, value) in block.values() {
        let value = match spec.control(symbol) {
            Some(control) => control.limit(value),
            None if missing && value.is_finite() => value,
            None => continue,
        };
        plugin.values.insert(symbol.into(), value);
    }
    for port in &block.ports {
        if let Some(binding) = &port.binding {
            let range = spec.control(&port.symbol).map_or((0.0, 1.0), |control| (control.min, control.max));
            plugin.midi.insert(port.symbol.as_str().into(), bound(binding, range));
        }
    }
    if let Some(binding) = &block.bypass_binding {
        plugin.midi.insert(ControlPort::BYPASS.into(), bound(binding, (0.0, 1.0)));
    }
    let state = block.number.map(|number| bundle.folder.join(format!("effect-{number}")));
    Plugin {
        missing,
        position: (block.x, block.y),
        bypassed: !block.enabled,
        preset: block.preset.clone(),
        state: state.filter(|folder| folder.is_dir()),
        ..plugin
    }
}

pub(super) fn snapshot(stored: &pedalboard::Snapshot) -> Snapshot {
    let plugins = stored.data.iter().map(|(instance, state)| {
        let value = |value: &ParameterValue| Value {
            kind: value.1.chars().next().unwrap_or('s'),
            text: value.text(),
        };
        let plugin = SnapshotPlugin {
            bypassed: state.bypassed,
            values: state
                .ports
                .iter()
                .map(|(symbol, value)| (symbol.as_str().into(), *value as f32))
                .collect(),
            parameters: state.parameters.iter().map(|(uri, stored)| (uri.clone(), value(stored))).collect(),
            preset: Some(state.preset.clone()).filter(|preset| !preset.is_empty()),
        };
        (Instance::new(instance), plugin)
    });
    Snapshot { name: stored.name.clone(), plugins: plugins.collect() }
}

pub(super) fn addressings(bundle: &Bundle) -> BTreeMap<String, Vec<Addressing>> {
    let list =
        |actuator: &Actuator| -> Vec<Addressing> { actuator.addressings().iter().map(addressing).collect() };
    let all = bundle.addressings.0.iter().map(|(uri, actuator)| (uri.clone(), list(actuator)));
    all.filter(|(_, list)| !list.is_empty()).collect()
}

fn addressing(stored: &pedalboard::Addressing) -> Addressing {
    let instance = stored.instance.trim_start_matches('/');
    let instance = if instance == "pedalboard" { Instance::board() } else { Instance::new(&stored.instance) };
    Addressing {
        port: ControlPort { instance, symbol: stored.port.as_str().into() },
        label: stored.label.clone(),
        minimum: stored.minimum as f32,
        maximum: stored.maximum as f32,
        steps: stored.steps.and_then(|steps| u32::try_from(steps).ok()).unwrap_or(0),
        tempo: stored.tempo.unwrap_or(false),
        dividers: stored
            .rest
            .get("dividers")
            .and_then(serde_json::Value::as_f64)
            .map(|dividers| dividers as f32),
        momentary: stored.rest.get("momentary").is_some_and(|value| {
            value.as_bool().unwrap_or_else(|| value.as_i64().is_some_and(|number| number != 0))
        }),
        rest: stored.rest.clone(),
    }
}
