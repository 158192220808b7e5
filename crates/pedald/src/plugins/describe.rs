//! From a plugin's description to mod-ui's JSON.

use lv2_host::{Extras, GuiInfo, Parameter, PluginInfo, PortInfo, PortKind, PresetInfo};
use serde_json::{Map, Value, json};

use super::categories::categories;
use super::units;
use crate::session::{ControlKind, ControlSpec, PluginSpec, PortSpec};

/// Longest label and brand that mod-ui gives, in characters.
const LABEL: usize = 24;
const BRAND: usize = 16;

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn path(path: &Option<std::path::PathBuf>) -> String {
    path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

/// A number of JSON; what is none becomes 0.
fn number(value: f32) -> Value {
    // Through text, so that 0.1 stays 0.1.
    let value = if value.is_finite() { value } else { 0.0 };
    serde_json::Number::from_f64(value.to_string().parse().unwrap_or(0.0)).map_or(json!(0), Value::Number)
}

/// How many audio channels it is for: 0 none, 1 mono, 2 stereo, 3 instrument, 4 MIDI.
fn io_type(audio: (usize, usize), midi: (usize, usize)) -> u8 {
    match (audio, midi) {
        ((0, 0), (0, 0)) => 0,
        ((0, 0), _) => 4,
        ((0, 1..), (1.., _)) => 3,
        ((inputs, outputs), _) if inputs.max(outputs) >= 2 => 2,
        _ => 1,
    }
}

/// mod-ui's word for how finished a plugin says it is: LV2's odd numbers are for testing.
fn stability(minor: u32, micro: u32) -> &'static str {
    match (minor, micro.is_multiple_of(2)) {
        (0, _) => "experimental",
        (minor, true) if minor.is_multiple_of(2) => "stable",
        _ => "testing",
    }
}

/// The whole description.
pub(super) fn full(info: &PluginInfo, extras: &Extras, presets: &[PresetInfo]) -> Value {
    let brand = if info.brand.is_empty() { &info.author } else { &info.brand };
    let label = if info.label.is_empty() { &info.name } else { &info.label };
    let list = |kind: PortKind| info.ports_of(kind).map(|port| json_port(extras, port)).collect::<Vec<_>>();
    // MOD's own classes say more than LV2's.
    let (own, other): (Vec<_>, Vec<_>) =
        extras.classes.iter().partition(|class| class.contains("moddevices.com"));
    let mut classes = own.into_iter().chain(other).map(String::as_str).chain([info.class.as_str()]);
    let category = classes.find_map(|class| Some(categories(class)).filter(|found| !found.is_empty()));
    let groups =
        extras.groups.iter().map(|(uri, (symbol, name))| json!({"uri": uri, "symbol": symbol, "name": name}));
    json!({
        "valid": true,
        "uri": info.uri,
        "name": info.name,
        "binary": path(&info.binary),
        "brand": short(brand, BRAND),
        "label": short(label, LABEL),
        "license": info.license,
        "comment": info.comment,
        "buildEnvironment": extras.build_environment,
        "category": category.unwrap_or_default(),
        "microVersion": info.micro_version,
        "minorVersion": info.minor_version,
        "release": extras.release,
        "builder": extras.builder_version,
        "licensed": 0,
        "iotype": io_type(
            (info.ports_of(PortKind::AudioIn).count(), info.ports_of(PortKind::AudioOut).count()),
            (midi(info, PortKind::AtomIn).count(), midi(info, PortKind::AtomOut).count()),
        ),
        "hasExternalUI": extras.external_ui,
        "version": format!("{}.{}-{}", info.minor_version, info.micro_version, extras.release),
        "stability": stability(info.minor_version, info.micro_version),
        "author": {
            "name": info.author,
            "homepage": info.homepage.as_deref().unwrap_or_default(),
            "email": extras.email,
        },
        "bundles": extras.bundles.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "gui": extras.gui.as_ref().map_or_else(|| json!({}), gui),
        "ports": {
            "audio": {"input": list(PortKind::AudioIn), "output": list(PortKind::AudioOut)},
            "control": {"input": list(PortKind::ControlIn), "output": list(PortKind::ControlOut)},
            "cv": {"input": list(PortKind::CvIn), "output": list(PortKind::CvOut)},
            "midi": {
                "input": midi(info, PortKind::AtomIn).map(|port| json_port(extras, port)).collect::<Vec<_>>(),
                "output": midi(info, PortKind::AtomOut).map(|port| json_port(extras, port)).collect::<Vec<_>>(),
            },
        },
        "portGroups": groups.collect::<Vec<_>>(),
        "parameters": info.parameters.iter().map(|one| parameter(extras, one)).collect::<Vec<_>>(),
        "presets": presets.iter().map(|preset| json!({
            "uri": preset.uri, "label": preset.label, "path": path(&preset.path),
        })).collect::<Vec<_>>(),
    })
}

fn midi(info: &PluginInfo, kind: PortKind) -> impl Iterator<Item = &PortInfo> {
    info.ports_of(kind).filter(|port| port.supports.midi)
}

fn gui(gui: &GuiInfo) -> Value {
    json!({
        "resourcesDirectory": path(&gui.resources),
        "iconTemplate": path(&gui.icon_template),
        "settingsTemplate": path(&gui.settings_template),
        "javascript": path(&gui.javascript),
        "stylesheet": path(&gui.stylesheet),
        "screenshot": path(&gui.screenshot),
        "thumbnail": path(&gui.thumbnail),
        "discussionURL": gui.discussion_url,
        "documentation": gui.documentation,
        "brand": gui.brand,
        "label": gui.label,
        "model": gui.model,
        "panel": gui.panel,
        "color": gui.color,
        "knob": gui.knob,
        "ports": gui.ports.iter().map(|(index, symbol, name)| json!({"index": index, "name": name, "symbol": symbol}))
            .collect::<Vec<_>>(),
        "monitoredOutputs": gui.monitored,
    })
}

fn json_port(extras: &Extras, port: &PortInfo) -> Value {
    let mut properties = Vec::new();
    let flags = &port.properties;
    for (set, name) in [
        (flags.toggled, "toggled"),
        (flags.integer, "integer"),
        (flags.enumeration, "enumeration"),
        (flags.logarithmic, "logarithmic"),
        (flags.trigger, "trigger"),
        (extras.tap_tempo.contains(&port.symbol), "tapTempo"),
        (flags.expensive, "expensive"),
        (flags.momentary_on, "preferMomentaryOnByDefault"),
        (flags.momentary_off, "preferMomentaryOffByDefault"),
        (flags.not_on_gui, "notOnGUI"),
        (flags.sample_rate, "sampleRate"),
    ] {
        if set {
            properties.push(name);
        }
    }
    let units = port.unit.as_ref().map(|unit| {
        let known = unit.uri.as_deref().and_then(units::known).unwrap_or_default();
        let or =
            |given: &str, known: &str| if given.is_empty() { known.to_owned() } else { given.to_owned() };
        json!({
            "label": or(&unit.label, known.0),
            "render": or(&unit.render, known.2),
            "symbol": or(&unit.symbol, known.1),
        })
    });
    let control =
        matches!(port.kind, PortKind::ControlIn | PortKind::ControlOut | PortKind::CvIn | PortKind::CvOut);
    let ranges = if control {
        json!({"minimum": number(port.min), "maximum": number(port.max), "default": number(port.default)})
    } else {
        json!({})
    };
    json!({
        "valid": true,
        "index": port.index,
        "name": port.name,
        "symbol": port.symbol,
        "ranges": ranges,
        "units": units.unwrap_or_else(|| json!({})),
        "comment": port.comment,
        "designation": port.designation_uri.as_deref().unwrap_or_default(),
        "group": port.group.as_deref().unwrap_or_default(),
        "properties": properties,
        "rangeSteps": port.range_steps.map_or(json!(0), |steps| json!(steps as i64)),
        "scalePoints": port.scale_points.iter()
            .map(|point| json!({"valid": true, "value": number(point.value), "label": point.label})).collect::<Vec<_>>(),
        "shortName": short(port.short_name.as_deref().unwrap_or(&port.name), 16),
    })
}

fn parameter(extras: &Extras, one: &Parameter) -> Value {
    let text = one.default_text.as_ref().map(|text| json!(text));
    json!({
        "valid": true,
        "readable": one.readable,
        "writable": one.writable,
        "uri": one.uri,
        "label": one.label,
        "type": one.range,
        "ranges": {
            "minimum": number(one.min.unwrap_or(0.0)),
            "maximum": number(one.max.unwrap_or(1.0)),
            "default": text.unwrap_or_else(|| number(one.default.unwrap_or(0.0))),
        },
        "units": {},
        "comment": one.comment,
        "shortName": extras.short_names.get(&one.uri).cloned().unwrap_or_else(|| short(&one.label, 16)),
        "fileTypes": one.file_types,
        "supportedExtensions": extras.extensions.get(&one.uri).cloned().unwrap_or_default(),
    })
}

/// The entry of `/effect/list`, from the whole description.
pub(super) fn mini(full: &Value) -> Value {
    let mut entry = Map::new();
    for key in [
        "uri",
        "name",
        "brand",
        "label",
        "comment",
        "buildEnvironment",
        "category",
        "microVersion",
        "minorVersion",
        "release",
        "builder",
        "licensed",
        "iotype",
    ] {
        entry.insert(key.to_owned(), full.get(key).cloned().unwrap_or(Value::Null));
    }
    let gui = |key: &str| full["gui"].get(key).cloned().unwrap_or_else(|| json!(""));
    entry.insert(
        "gui".to_owned(),
        json!({
            "resourcesDirectory": gui("resourcesDirectory"),
            "screenshot": gui("screenshot"),
            "thumbnail": gui("thumbnail"),
        }),
    );
    Value::Object(entry)
}

/// What the session must know, from the whole description.
pub(super) fn spec(full: &Value) -> PluginSpec {
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
    let parameter = |value: &Value| crate::session::ParameterSpec {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FakeCatalogue;
    use crate::session::Catalogue;

    #[test]
    fn what_the_session_must_know_survives_the_way_through_json() {
        for name in ["gain", "delay", "filter", "amp"] {
            let known = FakeCatalogue::default().plugin(&format!("urn:fake:{name}")).unwrap();
            assert_eq!(spec(&from_spec(&known)), *known);
        }
    }

    #[test]
    fn channels_are_counted() {
        assert_eq!(io_type((1, 1), (0, 0)), 1);
        assert_eq!(io_type((1, 2), (0, 0)), 2);
        assert_eq!(io_type((0, 2), (1, 0)), 3);
        assert_eq!(io_type((0, 0), (1, 1)), 4);
        assert_eq!(io_type((0, 0), (0, 0)), 0);
        assert_eq!(number(0.1).to_string(), "0.1");
    }
}
