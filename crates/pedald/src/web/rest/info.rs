//! The description of a board on disk, as `/pedalboard/info` gives it.

use pedalboard::{Bundle, Flow, MidiBinding, Port, PortKind};
use serde_json::{Value, json};

use crate::plugins::PluginTable;

fn binding(binding: Option<&MidiBinding>) -> Value {
    match binding {
        None => json!({"channel": -1, "control": 0, "hasRanges": false, "minimum": 0.0, "maximum": 1.0}),
        Some(binding) => {
            let (minimum, maximum) = binding.range.unwrap_or((0.0, 1.0));
            json!({
                "channel": binding.channel, "control": binding.controller,
                "hasRanges": binding.range.is_some(), "minimum": minimum, "maximum": maximum,
            })
        }
    }
}

/// The description.
pub(super) fn board(bundle: &Bundle, factory: bool, plugins: &PluginTable) -> Value {
    let graph = &bundle.graph;
    let blocks = graph.blocks.iter().map(|block| {
        let controls = block.ports.iter().filter_map(|port| {
            let value = port.value?;
            Some(json!({
                "valid": true, "symbol": port.symbol, "value": value, "midiCC": binding(port.binding.as_ref()),
            }))
        });
        json!({
            "valid": plugins.get(&block.uri).is_some(),
            "bypassed": !block.enabled,
            "instanceNumber": block.number.map_or(-1, i64::from),
            "instance": block.instance,
            "uri": block.uri,
            "bypassCC": binding(block.bypass_binding.as_ref()),
            "x": block.x,
            "y": block.y,
            "ports": controls.collect::<Vec<_>>(),
            "preset": block.preset.as_deref().unwrap_or_default(),
        })
    });
    let arcs =
        graph.arcs.iter().map(|arc| json!({"valid": true, "source": arc.source, "target": arc.target}));
    let (beats, tempo, rolling) = graph.tempo();
    let available =
        u8::from(beats.is_some()) | u8::from(tempo.is_some()) << 1 | u8::from(rolling.is_some()) << 2;
    let own = |symbol: &str| binding(graph.port(symbol).and_then(|port| port.binding.as_ref()));
    json!({
        "title": graph.title,
        "width": graph.width,
        "height": graph.height,
        "factory": factory,
        "midi_separated_mode": graph.midi_separated(),
        "midi_loopback": graph.midi_loopback(),
        "plugins": blocks.collect::<Vec<_>>(),
        "connections": arcs.collect::<Vec<_>>(),
        "hardware": hardware(bundle),
        "timeInfo": {
            "available": available,
            "bpb": beats.unwrap_or(4.0), "bpbCC": own(":bpb"),
            "bpm": tempo.unwrap_or(120.0), "bpmCC": own(":bpm"),
            "rolling": rolling.unwrap_or(false), "rollingCC": own(":rolling"),
        },
        "version": graph.version,
    })
}

/// The hardware ports that a board was saved with. What comes out of the hardware goes into the board.
fn hardware(bundle: &Bundle) -> Value {
    let graph = &bundle.graph;
    let count = |kind: PortKind, flow: Flow| {
        graph.ports.iter().filter(|port| port.kind() == kind && port.flow() == Some(flow)).count()
    };
    let special =
        ["serial_midi_in", "serial_midi_out", "midi_merger_out", "midi_broadcaster_in", "midi_loopback"];
    let own = ["midi_separated_mode", "midi_legacy_mode", "control_in", "control_out"];
    let midi = |flow: Flow| {
        let is_midi = |port: &&Port| {
            port.kind() == PortKind::Events
                && port.flow() == Some(flow)
                && !special.contains(&port.symbol.as_str())
                && !own.contains(&port.symbol.as_str())
        };
        let name = |port: &Port| json!({"valid": true, "symbol": port.symbol, "name": port.name.as_deref().unwrap_or(&port.symbol)});
        graph.ports.iter().filter(is_midi).map(name).collect::<Vec<_>>()
    };
    let has =
        |symbol: &str| graph.port(symbol).is_some_and(|port| port.value.is_none_or(|value| value >= 0.5));
    json!({
        "valid": true,
        "audio_ins": count(PortKind::Audio, Flow::Input),
        "audio_outs": count(PortKind::Audio, Flow::Output),
        "cv_ins": count(PortKind::Cv, Flow::Input),
        "cv_outs": count(PortKind::Cv, Flow::Output),
        "midi_ins": midi(Flow::Input),
        "midi_outs": midi(Flow::Output),
        "serial_midi_in": has("serial_midi_in"),
        "serial_midi_out": has("serial_midi_out"),
        "midi_merger_out": has("midi_merger_out"),
        "midi_broadcaster_in": has("midi_broadcaster_in"),
    })
}
