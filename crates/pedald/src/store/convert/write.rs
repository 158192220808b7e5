//! From the session's board into a bundle. What has not changed stays as the bundle has it, to the letter.

use std::path::PathBuf;

use pedalboard::{
    Actuator, Arc as Cable, Block, Bundle, Graph, InstanceState, ParameterValue, PluginVersion, Port,
};

use super::ports::{new_ports, ports};
use super::read::{addressings, snapshot};
use super::{bound, tempo_range};
use crate::session::{
    Addressing, Board, ControlPort, Instance, MidiBinding, Plugin, SHAPES, Snapshot, Value,
};
use crate::store::own;

/// A bundle for a board that has none.
pub(in crate::store) fn new_bundle(folder: PathBuf, board: &Board, title: &str) -> Bundle {
    let graph = Graph {
        title: title.to_owned(),
        unit_name: "ArchibaldOS".into(),
        unit_model: "archibald-pedal".into(),
        ..Graph::default()
    };
    let mut bundle = Bundle::new(folder, graph);
    update(&mut bundle, board, title);
    bundle
}

/// A bundle for a version of a board. The engine saves no states beside it: parameters are part of it.
pub(in crate::store) fn version_bundle(folder: PathBuf, board: &Board, title: &str) -> Bundle {
    let mut bundle = new_bundle(folder, board, title);
    own::keep_parameters(&mut bundle.own, board);
    bundle
}

/// Puts the board into a bundle. What has not changed stays as the bundle has it.
pub(in crate::store) fn update(bundle: &mut Bundle, board: &Board, title: &str) {
    let graph = &mut bundle.graph;
    graph.title = title.to_owned();
    (graph.width, graph.height) = board.size;
    let old = std::mem::take(&mut graph.blocks);
    graph.blocks = board
        .plugins
        .iter()
        .map(|plugin| {
            let known = old.iter().find(|block| {
                Instance::new(&block.instance) == plugin.instance && block.uri == plugin.spec.uri
            });
            block(known, plugin)
        })
        .collect();
    graph.arcs = board
        .connections
        .iter()
        .map(|(source, target)| Cable { source: source.relative(), target: target.relative() })
        .collect();
    update_ports(graph, board);
    update_snapshots(bundle, board);
    update_addressings(bundle, board);
    let shapes = board.addressings.get(SHAPES).map_or(&[][..], Vec::as_slice);
    own::keep(&mut bundle.own, shapes);
}

fn block(known: Option<&Block>, plugin: &Plugin) -> Block {
    let spec = &plugin.spec;
    let mut block = known.cloned().unwrap_or_else(|| {
        let mut block = Block::new(plugin.instance.label(), spec.uri.clone());
        block.ports = ports(spec);
        block
    });
    if known.is_none() || !plugin.missing {
        block.version = PluginVersion {
            builder: spec.builder_version,
            minor: spec.minor_version,
            micro: spec.micro_version,
            release: spec.release,
        };
    }
    block.number = u32::try_from(plugin.number).ok();
    (block.x, block.y) = plugin.position;
    block.enabled = !plugin.bypassed;
    block.preset.clone_from(&plugin.preset);
    for (symbol, value) in &plugin.values {
        match block.ports.iter_mut().find(|port| port.symbol == **symbol) {
            Some(port) => port.value = Some(*value),
            None => block.ports.push(Port::control(symbol.to_string(), *value)),
        }
    }
    for port in &mut block.ports {
        let range = spec.control(&port.symbol).map_or((0.0, 1.0), |control| (control.min, control.max));
        port.binding = stored_binding(plugin.midi.get(port.symbol.as_str()), port.binding, range);
    }
    let bypass = plugin.midi.get(ControlPort::BYPASS);
    block.bypass_binding = stored_binding(bypass, block.bypass_binding, (0.0, 1.0))
        .map(|binding| pedalboard::MidiBinding { range: None, ..binding });
    block
}

/// The binding to store: the old one while it says the same.
fn stored_binding(
    binding: Option<&MidiBinding>,
    old: Option<pedalboard::MidiBinding>,
    range: (f32, f32),
) -> Option<pedalboard::MidiBinding> {
    let binding = binding?;
    if let Some(old) = old.filter(|old| bound(old, range) == *binding) {
        return Some(old);
    }
    let (channel, controller) = (binding.channel, binding.controller);
    Some(pedalboard::MidiBinding { channel, controller, range: Some((binding.min, binding.max)) })
}

fn update_ports(graph: &mut Graph, board: &Board) {
    if graph.ports.is_empty() {
        graph.ports = new_ports();
    }
    let values = [
        (":bpb", board.tempo.beats_per_bar as f32),
        (":bpm", board.tempo.bpm as f32),
        (":rolling", f32::from(u8::from(board.tempo.rolling))),
        ("midi_separated_mode", f32::from(u8::from(board.midi_separated))),
        ("midi_loopback", f32::from(u8::from(board.midi_loopback))),
    ];
    let (separated, looped) = (graph.midi_separated(), graph.midi_loopback());
    for (symbol, value) in values {
        let same = match symbol {
            "midi_separated_mode" => separated == board.midi_separated,
            "midi_loopback" => looped == board.midi_loopback,
            _ => false,
        };
        let at = graph.ports.iter().position(|port| port.symbol == symbol);
        let port = match at {
            _ if same => continue,
            Some(at) => &mut graph.ports[at],
            None => {
                graph.ports.push(Port::control(symbol, value));
                graph.ports.last_mut().expect("pushed just now")
            }
        };
        port.value = Some(value);
        port.binding = stored_binding(board.tempo_midi.get(symbol), port.binding, tempo_range(symbol));
    }
}

/// Puts the snapshots into the bundle.
pub(in crate::store) fn update_snapshots(bundle: &mut Bundle, board: &Board) {
    let none = bundle.snapshots.snapshots.is_empty();
    // a board without stored sounds shows one that is made of the board itself
    if none
        && board.snapshots.len() == 1
        && board.snapshots[0].name == "Default"
        && bundle.snapshots.current < 0
    {
        let made = board.capture("Default");
        if *board.snapshots[0] == made || board.snapshots[0].plugins.is_empty() {
            return;
        }
    }
    let old = std::mem::take(&mut bundle.snapshots.snapshots);
    bundle.snapshots.snapshots = board
        .snapshots
        .iter()
        .map(|now| {
            let before = old.iter().find(|stored| stored.name == now.name);
            match before {
                Some(stored) if snapshot(stored) == **now => stored.clone(),
                before => stored_snapshot(now, before),
            }
        })
        .collect();
    bundle.snapshots.current = board.snapshot.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
}

fn stored_snapshot(snapshot: &Snapshot, old: Option<&pedalboard::Snapshot>) -> pedalboard::Snapshot {
    let data = snapshot.plugins.iter().map(|(instance, plugin)| {
        let stored = |value: &Value| {
            let json = match value.kind {
                'b' | 'i' | 'l' => value.text.parse::<i64>().map(serde_json::Value::from).ok(),
                'f' | 'g' => value.text.parse::<f64>().map(serde_json::Value::from).ok(),
                _ => None,
            };
            ParameterValue(json.unwrap_or_else(|| value.text.clone().into()), value.kind.to_string())
        };
        let state = InstanceState {
            bypassed: plugin.bypassed,
            parameters: plugin.parameters.iter().map(|(uri, value)| (uri.clone(), stored(value))).collect(),
            ports: plugin
                .values
                .iter()
                .map(|(symbol, value)| (symbol.to_string(), decimal(*value)))
                .collect(),
            preset: plugin.preset.clone().unwrap_or_default(),
            rest: old
                .and_then(|old| old.data.get(instance.label()))
                .map(|old| old.rest.clone())
                .unwrap_or_default(),
        };
        (instance.label().to_owned(), state)
    });
    let rest = old.map(|old| old.rest.clone()).unwrap_or_default();
    pedalboard::Snapshot { name: snapshot.name.clone(), data: data.collect(), rest }
}

/// The shortest decimal that reads back as this value: 0.3 rather than 0.30000001192….
fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

fn update_addressings(bundle: &mut Bundle, board: &Board) {
    let before = addressings(bundle);
    let all = &mut bundle.addressings.0;
    all.retain(|uri, actuator| actuator.addressings().is_empty() || board.addressings.contains_key(uri));
    for (uri, list) in board.addressings.iter().filter(|(uri, _)| *uri != SHAPES) {
        if before.get(uri) == Some(list) {
            continue;
        }
        let addrs: Vec<_> = list.iter().map(stored_addressing).collect();
        let new = match all.get(uri) {
            Some(Actuator::Cv { name, .. }) => Actuator::Cv { name: name.clone(), addrs },
            _ => Actuator::List(addrs),
        };
        all.insert(uri.clone(), new);
    }
}

fn stored_addressing(addressing: &Addressing) -> pedalboard::Addressing {
    let mut rest = addressing.rest.clone();
    if let Some(dividers) = addressing.dividers {
        rest.insert("dividers".into(), decimal(dividers).into());
    }
    if addressing.momentary && !rest.contains_key("momentary") {
        rest.insert("momentary".into(), true.into());
    }
    pedalboard::Addressing {
        instance: addressing.port.instance.path(),
        port: addressing.port.symbol.to_string(),
        label: addressing.label.clone(),
        minimum: decimal(addressing.minimum),
        maximum: decimal(addressing.maximum),
        steps: Some(addressing.steps.into()),
        tempo: Some(addressing.tempo),
        rest,
    }
}
