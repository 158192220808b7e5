//! What the session must know of a plugin, from its whole description and back.

use serde_json::{Value, json};

use super::{io_type, number, stability};
use crate::session::{ControlKind, ControlSpec, ParameterSpec, PluginSpec, PortSpec};

/// What the session must know, from the whole description.
pub(in crate::plugins) fn spec(full: &Value) -> PluginSpec {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let whole = |key: &str| full[key].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let texts = |value: &Value| {
        list(value).iter().filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let controls = |flow: &str| list(&full["ports"]["control"][flow]).iter().map(control).collect::<Vec<_>>();
    let ports = |kind: &str, flow: &str| {
        let port = |port: &Value| PortSpec { symbol: text(port, "symbol"), name: text(port, "name") };
        list(&full["ports"][kind][flow]).iter().map(port).collect::<Vec<_>>()
    };
    let parameter = |value: &Value| ParameterSpec {
        uri: text(value, "uri"),
        label: text(value, "label"),
        kind: letter(value["type"].as_str().unwrap_or_default()),
        writable: value["writable"].as_bool().unwrap_or(false),
        file_types: texts(&value["fileTypes"]),
    };
    PluginSpec {
        uri: text(full, "uri"),
        name: text(full, "name"),
        label: text(full, "label"),
        brand: text(full, "brand"),
        categories: texts(&full["category"]),
        micro_version: whole("microVersion"),
        minor_version: whole("minorVersion"),
        builder_version: whole("builder"),
        release: whole("release"),
        controls: controls("input"),
        outputs: controls("output"),
        audio_inputs: ports("audio", "input"),
        audio_outputs: ports("audio", "output"),
        midi_inputs: ports("midi", "input"),
        midi_outputs: ports("midi", "output"),
        cv_inputs: ports("cv", "input"),
        cv_outputs: ports("cv", "output"),
        parameters: list(&full["parameters"]).iter().map(parameter).collect(),
        presets: list(&full["presets"])
            .iter()
            .map(|preset| (text(preset, "uri"), text(preset, "label")))
            .collect(),
        monitored: texts(&full["gui"]["monitoredOutputs"]),
    }
}

fn control(port: &Value) -> ControlSpec {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let real = |value: &Value| value.as_f64().unwrap_or(0.0) as f32;
    let has = |name: &str| port["properties"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let kind = if has("trigger") {
        ControlKind::Trigger
    } else if has("toggled") {
        ControlKind::Toggle
    } else if has("enumeration") {
        ControlKind::Enumeration
    } else if has("integer") {
        ControlKind::Integer
    } else if has("logarithmic") {
        ControlKind::Logarithmic
    } else {
        ControlKind::Linear
    };
    let points = port["scalePoints"].as_array().cloned().unwrap_or_default();
    ControlSpec {
        symbol: text(&port["symbol"]),
        name: text(&port["name"]),
        short_name: text(&port["shortName"]),
        min: real(&port["ranges"]["minimum"]),
        max: real(&port["ranges"]["maximum"]),
        default: real(&port["ranges"]["default"]),
        kind,
        scale_points: points.iter().map(|point| (text(&point["label"]), real(&point["value"]))).collect(),
        unit: text(&port["units"]["symbol"]),
        render: text(&port["units"]["render"]),
        designation: text(&port["designation"]),
        tap_tempo: has("tapTempo"),
        hidden: has("notOnGUI"),
        steps: port["rangeSteps"].as_u64().and_then(|steps| u32::try_from(steps).ok()).unwrap_or(0),
    }
}

/// mod-host's letter for a type of values.
fn letter(range: &str) -> char {
    match range.rsplit(['#', '/']).next().unwrap_or_default() {
        "Bool" => 'b',
        "Int" => 'i',
        "Long" => 'l',
        "Double" => 'g',
        "String" => 's',
        "Path" => 'p',
        "URI" | "URID" => 'u',
        "Vector" => 'v',
        _ => 'f',
    }
}

/// A description from what the session knows, for plugins that exist only there (tests, the simulator).
pub fn from_spec(spec: &PluginSpec) -> Value {
    let ports = |list: &[PortSpec]| {
        list.iter()
            .map(|port| json!({"index": 0, "symbol": port.symbol, "name": port.name}))
            .collect::<Vec<_>>()
    };
    let controls = |list: &[ControlSpec]| {
        let port = |port: &ControlSpec| {
            let property = match port.kind {
                ControlKind::Linear => None,
                ControlKind::Logarithmic => Some("logarithmic"),
                ControlKind::Integer => Some("integer"),
                ControlKind::Enumeration => Some("enumeration"),
                ControlKind::Toggle => Some("toggled"),
                ControlKind::Trigger => Some("trigger"),
            };
            let properties = property
                .into_iter()
                .chain(port.tap_tempo.then_some("tapTempo"))
                .chain(port.hidden.then_some("notOnGUI"));
            json!({
                "index": 0, "symbol": port.symbol, "name": port.name, "shortName": port.short_name,
                "ranges": {"minimum": number(port.min), "maximum": number(port.max), "default": number(port.default)},
                "units": {"label": port.unit, "symbol": port.unit, "render": port.render},
                "comment": "", "designation": port.designation, "group": "",
                "properties": properties.collect::<Vec<_>>(), "rangeSteps": port.steps,
                "scalePoints": port.scale_points.iter()
                    .map(|(label, value)| json!({"value": number(*value), "label": label})).collect::<Vec<_>>(),
            })
        };
        list.iter().map(port).collect::<Vec<_>>()
    };
    let kind = |letter: char| match letter {
        'b' => "Bool",
        'i' => "Int",
        'l' => "Long",
        'g' => "Double",
        's' => "String",
        'p' => "Path",
        'u' => "URI",
        'v' => "Vector",
        _ => "Float",
    };
    json!({
        "valid": true, "uri": spec.uri, "name": spec.name, "binary": "", "brand": spec.brand, "label": spec.label,
        "license": "", "comment": "", "buildEnvironment": "", "category": spec.categories,
        "microVersion": spec.micro_version, "minorVersion": spec.minor_version, "release": spec.release,
        "builder": spec.builder_version, "licensed": 0,
        "iotype": io_type(
            (spec.audio_inputs.len(), spec.audio_outputs.len()),
            (spec.midi_inputs.len(), spec.midi_outputs.len()),
        ),
        "hasExternalUI": false,
        "version": format!("{}.{}-{}", spec.minor_version, spec.micro_version, spec.release),
        "stability": stability(spec.minor_version, spec.micro_version),
        "author": {"name": spec.brand, "homepage": "", "email": ""}, "bundles": [],
        "gui": {"monitoredOutputs": spec.monitored},
        "ports": {
            "audio": {"input": ports(&spec.audio_inputs), "output": ports(&spec.audio_outputs)},
            "control": {"input": controls(&spec.controls), "output": controls(&spec.outputs)},
            "cv": {"input": ports(&spec.cv_inputs), "output": ports(&spec.cv_outputs)},
            "midi": {"input": ports(&spec.midi_inputs), "output": ports(&spec.midi_outputs)},
        },
        "portGroups": [],
        "parameters": spec.parameters.iter().map(|one| json!({
            "readable": true, "writable": one.writable, "uri": one.uri, "label": one.label,
            "type": format!("http://lv2plug.in/ns/ext/atom#{}", kind(one.kind)),
            "ranges": {}, "units": {}, "comment": "", "shortName": one.label, "fileTypes": one.file_types,
            "supportedExtensions": [],
        })).collect::<Vec<_>>(),
        "presets": spec.presets.iter().map(|(uri, label)| json!({"uri": uri, "label": label, "path": ""}))
            .collect::<Vec<_>>(),
    })
}
