//! Between a bundle on the disk and the session's board. What a bundle holds beyond the session's knowledge stays in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pedalboard::{
    Actuator, Arc as Cable, Block, Bundle, Flow, Graph, InstanceState, ParameterValue, PluginVersion, Port,
    PortKind,
};

use super::own;
use crate::session::{
    Addressing, Board, BoardRead, Catalogue, ControlPort, Endpoint, Instance, MidiBinding, Plugin,
    PluginSpec, SHAPES, Snapshot, SnapshotPlugin, Tempo, Value,
};

/// A board from its bundle. Plugins that are not installed are on it, as `missing`.
pub(super) fn board(bundle: &Bundle, catalogue: &dyn Catalogue) -> BoardRead {
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

fn bound(binding: &pedalboard::MidiBinding, range: (f32, f32)) -> MidiBinding {
    let (min, max) = binding.range.unwrap_or(range);
    MidiBinding { channel: binding.channel, controller: binding.controller, min, max }
}

fn tempo_range(symbol: &str) -> (f32, f32) {
    match symbol {
        ":bpm" => (20.0, 280.0),
        ":bpb" => (1.0, 16.0),
        _ => (0.0, 1.0),
    }
}

fn snapshot(stored: &pedalboard::Snapshot) -> Snapshot {
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

fn addressings(bundle: &Bundle) -> BTreeMap<String, Vec<Addressing>> {
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

/// Puts the board into a bundle. What has not changed stays as the bundle has it.
pub(super) fn update(bundle: &mut Bundle, board: &Board, title: &str) {
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

fn ports(spec: &PluginSpec) -> Vec<Port> {
    let of = |list: &[crate::session::PortSpec], kind, flow| -> Vec<Port> {
        list.iter().map(|port| Port::new(port.symbol.clone(), kind, flow)).collect()
    };
    let mut all = of(&spec.audio_inputs, PortKind::Audio, Flow::Input);
    all.extend(of(&spec.audio_outputs, PortKind::Audio, Flow::Output));
    all.extend(of(&spec.cv_inputs, PortKind::Cv, Flow::Input));
    all.extend(of(&spec.cv_outputs, PortKind::Cv, Flow::Output));
    all.extend(of(&spec.midi_inputs, PortKind::Events, Flow::Input));
    all.extend(of(&spec.midi_outputs, PortKind::Events, Flow::Output));
    all.extend(spec.controls.iter().map(|control| Port::control(control.symbol.clone(), control.default)));
    all.extend(
        spec.outputs.iter().map(|output| Port::new(output.symbol.clone(), PortKind::Control, Flow::Output)),
    );
    all
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

/// The ports of a board on this pedal, as mod-ui numbers them.
fn new_ports() -> Vec<Port> {
    let mut ports = vec![
        Port::new("control_in", PortKind::Events, Flow::Input).named(3, "Control In"),
        Port::new("control_out", PortKind::Events, Flow::Output).named(4, "Control Out"),
    ];
    for channel in 1..=2 {
        let symbol = format!("capture_{channel}");
        ports.push(
            Port::new(symbol, PortKind::Audio, Flow::Input).named(channel + 4, format!("Capture {channel}")),
        );
    }
    for channel in 1..=2 {
        let symbol = format!("playback_{channel}");
        ports.push(
            Port::new(symbol, PortKind::Audio, Flow::Output)
                .named(channel + 6, format!("Playback {channel}")),
        );
    }
    for port in &mut ports[..2] {
        port.minimum_size = Some(4096);
    }
    for (symbol, value) in [(":bpb", 4.0), (":bpm", 120.0), (":rolling", 0.0)] {
        ports.push(Port::control(symbol, value));
    }
    ports.push(Port::control("midi_separated_mode", 1.0));
    ports.push(Port::control("midi_loopback", 0.0));
    ports
}

/// Puts the snapshots into the bundle.
pub(super) fn update_snapshots(bundle: &mut Bundle, board: &Board) {
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

/// A bundle for a board that has none.
pub(super) fn new_bundle(folder: std::path::PathBuf, board: &Board, title: &str) -> Bundle {
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
pub(super) fn version_bundle(folder: std::path::PathBuf, board: &Board, title: &str) -> Bundle {
    let mut bundle = new_bundle(folder, board, title);
    own::keep_parameters(&mut bundle.own, board);
    bundle
}

/// The board of a version, with the states that were saved with the board itself: those of the plugins that are the same.
pub(super) fn with_states(version: &Board, saved: &Board) -> Board {
    let mut board = version.clone();
    for plugin in &mut board.plugins {
        let known = saved.plugin(&plugin.instance);
        let known = known.filter(|known| known.number == plugin.number && known.spec.uri == plugin.spec.uri);
        if let Some(state) = known.and_then(|known| known.state.clone()) {
            Arc::make_mut(plugin).state = Some(state);
        }
    }
    board
}
