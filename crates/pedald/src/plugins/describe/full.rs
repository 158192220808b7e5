//! A plugin as mod-ui's pages know it: everything that the bundle says, under mod-ui's names.

use lv2_host::{Extras, GuiInfo, Parameter, PluginInfo, PortInfo, PortKind, PresetInfo};
use serde_json::{Map, Value, json};

use super::{io_type, number, stability};
use crate::plugins::categories::categories;
use crate::plugins::units;

/// Longest label and brand that mod-ui gives, in characters.
const LABEL: usize = 24;
const BRAND: usize = 16;

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn path(path: &Option<std::path::PathBuf>) -> String {
    path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

/// The whole description.
pub(in crate::plugins) fn full(info: &PluginInfo, extras: &Extras, presets: &[PresetInfo]) -> Value {
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
pub(in crate::plugins) fn mini(full: &Value) -> Value {
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
