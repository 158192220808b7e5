//! From lilv's model to our descriptions.

use crate::info::{Flags, Parameter, PluginInfo, PresetInfo};
use crate::port::{AtomSupport, Designation, PortInfo, PortKind, PortProperties, ScalePoint, Unit};
use crate::quirks::is_broken_in_place;
use crate::sys::plugin::{PluginRef, PortRef};
use crate::sys::world::{Model, Node};
use crate::uris;

/// Reads all about a plugin.
pub(crate) fn plugin(plugin: PluginRef<'_>) -> PluginInfo {
    let uri = plugin.uri();
    let text = |predicate| plugin.values(predicate).first().map(Node::as_text).unwrap_or_default();
    let number = |predicate| {
        plugin.values(predicate).first().and_then(Node::as_f32).map_or(0, |value| value.max(0.0) as u32)
    };
    let (author, homepage) = plugin.author().map_or((String::new(), None), |(name, page)| (name, page));
    let (class, category) = plugin.class();
    let project = plugin.project();
    let license = match text(uris::DOAP_LICENSE) {
        none if none.is_empty() => project
            .as_ref()
            .and_then(|project| plugin.model().value(project, uris::DOAP_LICENSE))
            .map(|node| node.as_text())
            .unwrap_or_default(),
        license => license,
    };
    let required_features = plugin.required_features();
    let optional_features = plugin.optional_features();
    let ports = (0..plugin.port_count()).map(|index| port(&plugin, index)).collect::<Vec<_>>();
    let latency_port = plugin
        .latency_port()
        .filter(|&index| ports.get(index as usize).is_some_and(|port| port.kind == PortKind::ControlOut));
    let flags = flags(&plugin, &required_features, &optional_features);
    PluginInfo {
        name: plugin.name().filter(|name| !name.is_empty()).unwrap_or_else(|| uri.clone()),
        author,
        homepage,
        license,
        comment: text(uris::RDFS_COMMENT),
        brand: text(uris::MOD_BRAND),
        label: text(uris::MOD_LABEL),
        bundle: plugin.bundle().unwrap_or_default(),
        binary: plugin.library(),
        class,
        category,
        project: project.and_then(|node| node.as_uri()),
        minor_version: number(uris::LV2_MINOR_VERSION),
        micro_version: number(uris::LV2_MICRO_VERSION),
        ports,
        parameters: parameters(&plugin),
        required_features,
        optional_features,
        required_options: plugin.values(uris::OPTIONS_REQUIRED).iter().filter_map(Node::as_uri).collect(),
        flags,
        latency_port,
        uri,
    }
}

fn flags(plugin: &PluginRef<'_>, required: &[String], optional: &[String]) -> Flags {
    let extensions = plugin.values(uris::LV2_EXTENSION_DATA);
    let extension = |uri| extensions.iter().any(|node| node.as_uri().as_deref() == Some(uri));
    let feature = |uri: &str| required.iter().chain(optional).any(|feature| feature == uri);
    Flags {
        hard_rt_capable: feature(uris::LV2_HARD_RT_CAPABLE),
        in_place_broken: feature(uris::LV2_IN_PLACE_BROKEN) || is_broken_in_place(&plugin.uri()),
        is_live: feature(uris::LV2_IS_LIVE),
        bounded_block_length: feature(uris::BUFSIZE_BOUNDED),
        fixed_block_length: feature(uris::BUFSIZE_FIXED),
        power_of_two_block_length: feature(uris::BUFSIZE_POWER_OF_2),
        coarse_block_length: feature(uris::BUFSIZE_COARSE),
        worker: extension(uris::WORKER_INTERFACE),
        state: extension(uris::STATE_INTERFACE),
        thread_safe_restore: feature(uris::STATE_THREAD_SAFE_RESTORE),
        load_default_state: feature(uris::STATE_LOAD_DEFAULT),
        options_interface: extension(uris::OPTIONS_INTERFACE),
        no_pre_run: required.iter().chain(optional).any(|feature| feature.ends_with("#noPreRun")),
    }
}

/// A port of which the bundle tells nothing usable keeps its place, so that indices stay right.
fn blank_port(index: u32) -> PortInfo {
    PortInfo {
        index,
        symbol: format!("port_{index}"),
        name: String::new(),
        short_name: None,
        kind: PortKind::Unsupported,
        default: 0.0,
        min: 0.0,
        max: 1.0,
        properties: PortProperties::default(),
        scale_points: Vec::new(),
        unit: None,
        designation: None,
        designation_uri: None,
        group: None,
        minimum_size: 0,
        range_steps: None,
        supports: AtomSupport::default(),
        comment: String::new(),
    }
}

fn port(plugin: &PluginRef<'_>, index: u32) -> PortInfo {
    let mut info = blank_port(index);
    let Some(port) = plugin.port(index) else { return info };
    let text = |predicate| port.value(predicate).map(|node| node.as_text());
    let number = |predicate| port.value(predicate).and_then(|node| node.as_f32());
    info.symbol = Some(port.symbol()).filter(|symbol| !symbol.is_empty()).unwrap_or(info.symbol);
    info.name = port.name().unwrap_or_else(|| info.symbol.clone());
    info.short_name = text(uris::LV2_SHORT_NAME);
    info.kind = kind(&port);
    info.min = number(uris::MOD_MINIMUM).or_else(|| number(uris::LV2_MINIMUM)).unwrap_or(0.0);
    info.max = number(uris::MOD_MAXIMUM).or_else(|| number(uris::LV2_MAXIMUM)).unwrap_or(1.0);
    if info.max < info.min {
        // A bundle that gives only one bound, on the wrong side of ours.
        info.max = info.min + 1.0;
    }
    info.default = number(uris::MOD_DEFAULT).or_else(|| number(uris::LV2_DEFAULT)).unwrap_or(info.min);
    info.properties = properties(&port);
    let mut points = port.scale_points();
    points.sort_by(|a, b| a.1.total_cmp(&b.1));
    info.scale_points = points.into_iter().map(|(label, value)| ScalePoint { label, value }).collect();
    info.unit = port.value(uris::UNITS_UNIT).map(|node| unit(plugin.model(), &node));
    info.designation_uri = port.uris(uris::LV2_DESIGNATION).into_iter().next();
    info.designation = info.designation_uri.as_deref().and_then(Designation::from_uri);
    info.group = port.uris(uris::PG_GROUP).into_iter().next();
    info.minimum_size = number(uris::RESIZE_MINIMUM_SIZE).map_or(0, |bytes| bytes.clamp(0.0, 1e9) as u32);
    info.range_steps = number(uris::PPROPS_RANGE_STEPS);
    info.comment = text(uris::RDFS_COMMENT).unwrap_or_default();
    let supports = port.uris(uris::ATOM_SUPPORTS);
    let has = |uri| supports.iter().any(|supported| supported == uri);
    info.supports = AtomSupport {
        midi: has(uris::MIDI_EVENT),
        patch: has(uris::PATCH_MESSAGE),
        time: has(uris::TIME_POSITION),
    };
    info
}

fn kind(port: &PortRef<'_>) -> PortKind {
    let classes = port.classes();
    let is = |uri| classes.iter().any(|class| class == uri);
    let input = is(uris::LV2_INPUT_PORT);
    if input == is(uris::LV2_OUTPUT_PORT) {
        return PortKind::Unsupported;
    }
    // A single atom rather than a sequence of them is nothing that this host could fill.
    let buffers = port.uris(uris::ATOM_BUFFER_TYPE);
    let sequence = buffers.is_empty() || buffers.iter().any(|kind| kind == uris::ATOM_SEQUENCE);
    let cv = is(uris::LV2_CV_PORT) || is(uris::MOD_CV_PORT);
    match (cv, is(uris::LV2_AUDIO_PORT), is(uris::LV2_CONTROL_PORT), is(uris::ATOM_PORT) && sequence, input) {
        (true, _, _, _, true) => PortKind::CvIn,
        (true, _, _, _, false) => PortKind::CvOut,
        (_, true, _, _, true) => PortKind::AudioIn,
        (_, true, _, _, false) => PortKind::AudioOut,
        (_, _, true, _, true) => PortKind::ControlIn,
        (_, _, true, _, false) => PortKind::ControlOut,
        (_, _, _, true, true) => PortKind::AtomIn,
        (_, _, _, true, false) => PortKind::AtomOut,
        _ => PortKind::Unsupported,
    }
}

fn properties(port: &PortRef<'_>) -> PortProperties {
    let found = port.uris(uris::LV2_PORT_PROPERTY);
    let has = |uri| found.iter().any(|property| property == uri);
    PortProperties {
        integer: has(uris::LV2_INTEGER),
        toggled: has(uris::LV2_TOGGLED),
        enumeration: has(uris::LV2_ENUMERATION),
        logarithmic: has(uris::PPROPS_LOGARITHMIC),
        trigger: has(uris::PPROPS_TRIGGER),
        not_on_gui: has(uris::PPROPS_NOT_ON_GUI),
        expensive: has(uris::PPROPS_EXPENSIVE),
        causes_artifacts: has(uris::PPROPS_CAUSES_ARTIFACTS),
        sample_rate: has(uris::LV2_SAMPLE_RATE),
        connection_optional: has(uris::LV2_CONNECTION_OPTIONAL),
        is_side_chain: has(uris::LV2_IS_SIDE_CHAIN),
        strict_bounds: has(uris::PPROPS_STRICT_BOUNDS),
        momentary_on: has(uris::MOD_MOMENTARY_ON),
        momentary_off: has(uris::MOD_MOMENTARY_OFF),
    }
}

fn unit(model: &Model<'_>, node: &Node<'_>) -> Unit {
    let text = |predicate| model.value(node, predicate).map(|value| value.as_text()).unwrap_or_default();
    Unit {
        uri: node.as_uri(),
        label: text(uris::RDFS_LABEL),
        symbol: text(uris::UNITS_SYMBOL),
        render: text(uris::UNITS_RENDER),
    }
}

fn parameters(plugin: &PluginRef<'_>) -> Vec<Parameter> {
    let model = plugin.model();
    let writable = plugin.values(uris::PATCH_WRITABLE);
    let readable = plugin.values(uris::PATCH_READABLE);
    let mut found: Vec<Parameter> = Vec::new();
    for (node, is_writable) in writable.iter().map(|n| (n, true)).chain(readable.iter().map(|n| (n, false))) {
        let Some(uri) = node.as_uri() else { continue };
        if found.iter().any(|parameter| parameter.uri == uri) {
            continue;
        }
        let text = |predicate| model.value(node, predicate).map(|value| value.as_text());
        let number = |predicate| model.value(node, predicate).and_then(|value| value.as_f32());
        let default = model.value(node, uris::LV2_DEFAULT);
        let default_number = default.as_ref().and_then(Node::as_f32);
        found.push(Parameter {
            label: text(uris::RDFS_LABEL).unwrap_or_else(|| uri.clone()),
            range: text(uris::RDFS_RANGE).unwrap_or_default(),
            writable: is_writable,
            readable: true,
            default: default_number,
            default_text: default.filter(|_| default_number.is_none()).map(|node| node.as_text()),
            min: number(uris::LV2_MINIMUM),
            max: number(uris::LV2_MAXIMUM),
            file_types: text(uris::MOD_FILE_TYPES)
                .map(|list| list.split(',').map(|kind| kind.trim().to_owned()).collect())
                .unwrap_or_default(),
            comment: text(uris::RDFS_COMMENT).unwrap_or_default(),
            uri,
        });
    }
    found
}

/// The presets of a plugin, in order of label.
pub(crate) fn presets(plugin: PluginRef<'_>) -> Vec<PresetInfo> {
    let model = plugin.model();
    let mut found = Vec::new();
    for node in plugin.related(uris::PSET_PRESET) {
        let Some(uri) = node.as_uri() else { continue };
        model.load_resource(&node);
        let label = model.value(&node, uris::RDFS_LABEL).map(|label| label.as_text());
        let bank = model.value(&node, uris::PSET_BANK).map(|bank| {
            model.value(&bank, uris::RDFS_LABEL).map_or_else(|| bank.as_text(), |label| label.as_text())
        });
        let path = node.as_path();
        found.push(PresetInfo { label: label.unwrap_or_else(|| uri.clone()), uri, bank, path });
    }
    found.sort_by(|a, b| a.label.cmp(&b.label).then_with(|| a.uri.cmp(&b.uri)));
    found
}
