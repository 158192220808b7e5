//! The whole state as messages, in the order in which mod-ui gives it to a new client.

use super::message::Output;
use super::sync_word;
use crate::session::{
    Addressing, Board, ControlPort, Health, Instance, MidiBinding, Plugin, PluginSpec, SHAPES, State, Value,
};
use crate::web::arguments::loose;
use crate::web::{HardwarePorts, Web};

fn flag(on: bool) -> u8 {
    u8::from(on)
}

/// Lines of hardware and state. `again` is for a client that may have seen a board: its plugins go first. `ports`: it has
/// not seen the hardware's ports yet.
pub(super) fn whole(state: &State, web: &Web, again: bool, ports: bool) -> Vec<Output> {
    let mut lines = Vec::new();
    lines.push(sys_stats(&state.health));
    lines.push(stats(&state.health));
    lines.push(transport(state));
    let (left, right) = web.machine().true_bypass();
    lines.push(format!("truebypass {} {}", flag(left), flag(right)));
    if again {
        lines.push("remove :all".to_owned());
    }
    lines.push(loading_start(state));
    lines.push(size(&state.board));
    if ports {
        hardware(&web.options().ports, &mut lines);
    }
    contents(state, &mut lines);
    lines.push(loading_end(&state.board));
    lines.into_iter().map(Output::plain).collect()
}

/// Lines for everybody when another board sounds.
pub(super) fn board(state: &State) -> Vec<Output> {
    let mut lines =
        vec!["remove :all".to_owned(), loading_start(state), size(&state.board), transport(state)];
    contents(state, &mut lines);
    lines.push(loading_end(&state.board));
    if let Some(line) = snapshot(&state.board) {
        lines.push(line);
    }
    lines.into_iter().map(Output::plain).collect()
}

fn loading_start(state: &State) -> String {
    format!("loading_start {} {}", flag(state.board.plugins.is_empty()), flag(state.unsaved))
}

fn loading_end(board: &Board) -> String {
    format!("loading_end {}", board.snapshot.map_or(-1, |at| at as i64))
}

/// `size`.
pub(super) fn size(board: &Board) -> String {
    format!("size {} {}", board.size.0, board.size.1)
}

/// `sys_stats`, with the kernel's own units: kHz and thousandths of a degree.
pub(super) fn sys_stats(health: &Health) -> String {
    let memory = health.memory_percent.map_or_else(|| "??".to_owned(), |percent| format!("{percent:.1}"));
    let clock = health.cpu_mhz.map_or(0, |mhz| (mhz * 1000.0) as u64);
    let temperature = health.temperature.map_or(0, |degrees| (degrees * 1000.0) as i64);
    format!("sys_stats {memory} {clock} {temperature}")
}

/// `stats`.
pub(super) fn stats(health: &Health) -> String {
    format!("stats {:.1} {}", health.load_percent, health.xruns.saturating_sub(health.xruns_zero))
}

/// `transport`.
pub(super) fn transport(state: &State) -> String {
    let tempo = &state.board.tempo;
    format!(
        "transport {} {:.6} {:.6} {}",
        flag(tempo.rolling),
        tempo.beats_per_bar,
        tempo.bpm,
        sync_word(state.sync)
    )
}

/// `pedal_snapshot`, if one was chosen.
pub(super) fn snapshot(board: &Board) -> Option<String> {
    let at = board.snapshot?;
    Some(format!("pedal_snapshot {at} {}", board.snapshot_name()?.replace(['\n', '\r'], " ")))
}

fn hardware(ports: &HardwarePorts, lines: &mut Vec<String>) {
    let mut numbered = |count: u32, kind: &str, output: bool, stem: &str, title: &str| {
        for number in 1..=count {
            let is_output = flag(output);
            lines.push(format!(
                "add_hw_port /graph/{stem}{number} {kind} {is_output} {title}_{number} {number}"
            ));
        }
    };
    numbered(ports.audio_inputs, "audio", false, "capture_", "Capture");
    numbered(ports.cv_inputs, "cv", false, "cv_capture_", "CV_Capture");
    numbered(ports.audio_outputs, "audio", true, "playback_", "Playback");
    numbered(ports.cv_outputs, "cv", true, "cv_playback_", "CV_Playback");
    for (list, output) in [(&ports.midi_inputs, false), (&ports.midi_outputs, true)] {
        for (at, (symbol, title)) in list.iter().enumerate() {
            let title = title.replace(' ', "_");
            lines.push(format!("add_hw_port /graph/{symbol} midi {} {title} {}", flag(output), at + 1));
        }
    }
}

fn contents(state: &State, lines: &mut Vec<String>) {
    let board = &state.board;
    for plugin in &board.plugins {
        lines.push(add(plugin));
    }
    for plugin in &board.plugins {
        values(plugin, lines);
        for (port, value) in state.outputs.iter().filter(|(port, _)| port.instance == plugin.instance) {
            lines.push(output_set(port, *value));
        }
        parameters(plugin, lines);
    }
    for (source, target) in &board.connections {
        lines.push(format!("connect {} {}", source.path(), target.path()));
    }
    for (port, binding) in board.bindings().filter(|(port, _)| !port.is_bypass()) {
        lines.push(midi_map(&port, Some(&binding)));
    }
    // mod-ui's page knows no shapes
    for (actuator, list) in board.addressings.iter().filter(|(actuator, _)| *actuator != SHAPES) {
        lines.extend(list.iter().map(|addressing| mapping(actuator, addressing)));
    }
}

/// All that there is to a plugin that came while others were there.
pub(super) fn plugin(plugin: &Plugin, lines: &mut Vec<String>) {
    lines.push(add(plugin));
    values(plugin, lines);
    parameters(plugin, lines);
    for (symbol, binding) in plugin.midi.iter().filter(|(symbol, _)| &***symbol != ControlPort::BYPASS) {
        let port = ControlPort { instance: plugin.instance.clone(), symbol: symbol.clone() };
        lines.push(midi_map(&port, Some(binding)));
    }
}

/// As the page makes it of the list of plugins: what it has fetched for one it finds again for the other.
fn version(spec: &PluginSpec) -> String {
    format!("{}_{}_{}_{}", spec.builder_version, spec.micro_version, spec.minor_version, spec.release)
}

fn add(plugin: &Plugin) -> String {
    let (x, y) = plugin.position;
    format!(
        "add {} {} {x:.1} {y:.1} {} {} {}",
        plugin.instance.path(),
        plugin.spec.uri,
        flag(plugin.bypassed),
        version(&plugin.spec),
        flag(plugin.missing)
    )
}

fn values(plugin: &Plugin, lines: &mut Vec<String>) {
    if let Some(binding) = plugin.midi.get(ControlPort::BYPASS) {
        lines.push(midi_map(&ControlPort::bypass(plugin.instance.clone()), Some(binding)));
    }
    lines.push(preset(&plugin.instance, plugin.preset.as_deref()));
    for (symbol, value) in &plugin.values {
        lines.push(param_set(&plugin.instance, symbol, *value));
    }
}

fn parameters(plugin: &Plugin, lines: &mut Vec<String>) {
    for (uri, value) in &plugin.parameters {
        lines.push(patch_set(plugin, uri, value));
    }
}

/// `preset`.
pub(super) fn preset(instance: &Instance, uri: Option<&str>) -> String {
    format!("preset {} {}", instance.path(), uri.unwrap_or("null"))
}

/// `param_set`.
pub(super) fn param_set(instance: &Instance, symbol: &str, value: f32) -> String {
    format!("param_set {} {symbol} {value:.6}", instance.path())
}

/// `output_set`.
pub(super) fn output_set(port: &ControlPort, value: f32) -> String {
    format!("output_set {} {} {value:.6}", port.instance.path(), port.symbol)
}

/// `patch_set`.
pub(super) fn patch_set(plugin: &Plugin, uri: &str, value: &Value) -> String {
    let writable = plugin.spec.parameters.iter().any(|parameter| parameter.uri == uri && parameter.writable);
    let text = value.text.replace(['\n', '\r'], " ");
    format!("patch_set {} {} {uri} {} {text}", plugin.instance.path(), flag(writable), value.kind)
}

/// `midi_map`; channel -1 says that there is none any more.
pub(super) fn midi_map(port: &ControlPort, binding: Option<&MidiBinding>) -> String {
    let (instance, symbol) = (port.instance.path(), &port.symbol);
    match binding {
        Some(MidiBinding { channel, controller, min, max }) => {
            format!("midi_map {instance} {symbol} {channel} {controller} {min:.6} {max:.6}")
        }
        None => format!("midi_map {instance} {symbol} -1 0 0.000000 1.000000"),
    }
}

/// `hw_map`, or `cv_map` for an actuator that is a voltage.
pub(super) fn mapping(actuator: &str, addressing: &Addressing) -> String {
    let port = &addressing.port;
    let label = match addressing.label.replace(' ', "_") {
        none if none.is_empty() => "-".to_owned(),
        label => label,
    };
    let (min, max) = (addressing.minimum, addressing.maximum);
    let start = format!("{} {} {actuator} {min:.6} {max:.6}", port.instance.path(), port.symbol);
    let field = |name: &str| match addressing.rest.get(name) {
        None | Some(serde_json::Value::Null) => "null".to_owned(),
        Some(serde_json::Value::String(text)) => text.replace(' ', "_"),
        Some(other) => other.to_string().replace(' ', ""),
    };
    if actuator.starts_with("/cv") {
        return format!("cv_map {start} {label} {} 1", field("operational_mode"));
    }
    let tempo = if addressing.tempo { "True" } else { "False" };
    let dividers = addressing.dividers.map_or_else(|| "null".to_owned(), |dividers| dividers.to_string());
    let coloured = flag(addressing.rest.get("coloured").and_then(loose).is_some_and(|on| on != 0.0));
    format!(
        "hw_map {start} {} {label} {tempo} {dividers} {} {} {} 1 {coloured} {}",
        addressing.steps,
        field("page"),
        field("subpage"),
        field("group"),
        flag(addressing.momentary)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugins_version_is_in_the_order_of_the_pages_list() {
        let spec = PluginSpec {
            builder_version: 1,
            micro_version: 2,
            minor_version: 3,
            release: 4,
            ..PluginSpec::default()
        };
        assert_eq!(version(&spec), "1_2_3_4");
    }

    #[test]
    fn what_the_page_says_of_colours_is_read_as_number_and_as_truth() {
        let mapped = |coloured: serde_json::Value| {
            let rest = serde_json::Map::from_iter([("coloured".to_owned(), coloured)]);
            let port = ControlPort::new("delay", "time");
            let addressing = Addressing {
                port,
                label: "Time".into(),
                minimum: 0.0,
                maximum: 1.0,
                steps: 33,
                tempo: true,
                dividers: Some(4.0),
                momentary: false,
                rest,
            };
            mapping("/bpm", &addressing)
        };
        for (coloured, field) in [(0.into(), "0"), (1.into(), "1"), (true.into(), "1"), (false.into(), "0")] {
            let line = mapped(coloured);
            assert_eq!(line.split(' ').nth(14), Some(field), "{line}");
            assert_eq!(line.split(' ').count(), 16, "a name and 15 fields: {line}");
        }
    }
}
