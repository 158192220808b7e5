//! What web pages show of a plugin beyond [`crate::PluginInfo`]: the MOD page in the bundle, versions, groups.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::sys::plugin::PluginRef;
use crate::sys::world::Node;
use crate::uris;

const MODGUI: &str = "http://moddevices.com/ns/modgui#";
const MOD: &str = "http://moddevices.com/ns/mod#";
const FOAF_MAILBOX: &str = "http://xmlns.com/foaf/0.1/mbox";
const DOAP_MAINTAINER: &str = "http://usefulinc.com/ns/doap#maintainer";
const LV2_SYMBOL: &str = "http://lv2plug.in/ns/lv2core#symbol";
const LV2_INDEX: &str = "http://lv2plug.in/ns/lv2core#index";

/// Further facts about a plugin. Plain data.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Extras {
    /// `mod:builderVersion`, 0 when missing.
    pub builder_version: u32,
    /// `mod:releaseNumber`, 0 when missing.
    pub release: u32,
    /// `mod:buildEnvironment`, or empty.
    pub build_environment: String,
    /// The author's address without `mailto:`, or empty.
    pub email: String,
    /// URIs of its classes as the bundle names them, also those that lilv does not know for want of LV2's own bundles.
    pub classes: Vec<String>,
    /// Folders and files that describe it, as folders: its own bundle and those that add to it.
    pub bundles: Vec<PathBuf>,
    /// Whether it has a window of its own.
    pub external_ui: bool,
    /// Symbols of ports that follow a tapped tempo (`mod:tapTempo`).
    pub tap_tempo: Vec<String>,
    /// Port groups by URI: symbol and name.
    pub groups: BTreeMap<String, (String, String)>,
    /// File extensions by parameter (`mod:supportedExtensions`).
    pub extensions: BTreeMap<String, Vec<String>>,
    /// Short names by parameter.
    pub short_names: BTreeMap<String, String>,
    /// The MOD page, if there is one.
    pub gui: Option<GuiInfo>,
}

/// A plugin's MOD page (`modgui:gui`). Texts are empty when missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct GuiInfo {
    /// Folder that pages and pictures are in.
    pub resources: Option<PathBuf>,
    /// Template of the small page on the board.
    pub icon_template: Option<PathBuf>,
    /// Template of the page with all settings.
    pub settings_template: Option<PathBuf>,
    /// Script.
    pub javascript: Option<PathBuf>,
    /// Style sheet.
    pub stylesheet: Option<PathBuf>,
    /// Picture.
    pub screenshot: Option<PathBuf>,
    /// Small picture.
    pub thumbnail: Option<PathBuf>,
    /// Where people talk about it.
    pub discussion_url: String,
    /// Where it is explained.
    pub documentation: String,
    /// Brand to show.
    pub brand: String,
    /// Label to show.
    pub label: String,
    /// Model of the stock page.
    pub model: String,
    /// Panel of the stock page.
    pub panel: String,
    /// Colour of the stock page.
    pub color: String,
    /// Knob of the stock page.
    pub knob: String,
    /// Ports with a knob: index on the page, symbol, name.
    pub ports: Vec<(u32, String, String)>,
    /// Symbols of outputs that the page shows.
    pub monitored: Vec<String>,
}

/// Reads them.
pub(crate) fn read(plugin: &PluginRef<'_>) -> Extras {
    let text =
        |name: &str| plugin.values(&format!("{MOD}{name}")).first().map(Node::as_text).unwrap_or_default();
    let number = |name: &str| {
        let value = plugin.values(&format!("{MOD}{name}")).first().and_then(Node::as_f32);
        value.map_or(0, |value| value.max(0.0) as u32)
    };
    let model = plugin.model();
    let mut extras = Extras {
        builder_version: number("builderVersion"),
        release: number("releaseNumber"),
        build_environment: text("buildEnvironment"),
        email: email(plugin),
        classes: plugin.values(uris::RDF_TYPE).iter().filter_map(Node::as_uri).collect(),
        external_ui: !plugin.values("http://lv2plug.in/ns/extensions/ui#ui").is_empty(),
        ..Extras::default()
    };
    let mut bundles = plugin.bundle().into_iter().collect::<Vec<_>>();
    for node in plugin.values("http://www.w3.org/2000/01/rdf-schema#seeAlso") {
        if let Some(folder) = node.as_path().and_then(|path| Some(path.parent()?.to_owned()))
            && !bundles.iter().any(|known| known.as_path().components().eq(folder.components()))
        {
            bundles.push(folder);
        }
    }
    extras.bundles = bundles;
    for index in 0..plugin.port_count() {
        let Some(port) = plugin.port(index) else { continue };
        if port.uris(uris::LV2_PORT_PROPERTY).iter().any(|uri| *uri == format!("{MOD}tapTempo")) {
            extras.tap_tempo.push(port.symbol());
        }
        for group in port.values(uris::PG_GROUP) {
            let Some(uri) = group.as_uri() else { continue };
            let value = |predicate| model.value(&group, predicate).map(|node| node.as_text());
            let name = value("http://lv2plug.in/ns/lv2core#name").unwrap_or_default();
            let symbol = value(LV2_SYMBOL).unwrap_or_default();
            extras.groups.entry(uri).or_insert((symbol, name));
        }
    }
    for property in plugin.values(uris::PATCH_WRITABLE).iter().chain(&plugin.values(uris::PATCH_READABLE)) {
        let Some(uri) = property.as_uri() else { continue };
        if let Some(list) = model.value(property, &format!("{MOD}supportedExtensions")) {
            let list = list.as_text().split(',').map(|one| one.trim().to_owned()).collect();
            extras.extensions.insert(uri.clone(), list);
        }
        if let Some(name) = model.value(property, uris::LV2_SHORT_NAME) {
            extras.short_names.insert(uri, name.as_text());
        }
    }
    extras.gui = gui(plugin);
    extras
}

fn email(plugin: &PluginRef<'_>) -> String {
    let model = plugin.model();
    let mut people = plugin.values(DOAP_MAINTAINER);
    if let Some(project) = plugin.project() {
        people.extend(model.values(&project, DOAP_MAINTAINER));
    }
    let address = people.iter().find_map(|person| model.value(person, FOAF_MAILBOX));
    let address = address.map(|node| node.as_text()).unwrap_or_default();
    address.strip_prefix("mailto:").map_or_else(|| address.clone(), str::to_owned)
}

fn gui(plugin: &PluginRef<'_>) -> Option<GuiInfo> {
    let model = plugin.model();
    let guis = plugin.values(&format!("{MODGUI}gui"));
    // A page that the user made comes before the one of the bundle.
    let gui = guis.last()?;
    let value = |name: &str| model.value(gui, &format!("{MODGUI}{name}"));
    let text = |name: &str| value(name).map(|node| node.as_text()).unwrap_or_default();
    let path = |name: &str| value(name).and_then(|node| node.as_path());
    let mut ports = Vec::new();
    for port in model.values(gui, &format!("{MODGUI}port")) {
        let field = |predicate| model.value(&port, predicate);
        let index = field(LV2_INDEX).and_then(|node| node.as_f32()).map_or(0, |index| index.max(0.0) as u32);
        let text = |predicate| field(predicate).map(|node| node.as_text()).unwrap_or_default();
        ports.push((index, text(LV2_SYMBOL), text("http://lv2plug.in/ns/lv2core#name")));
    }
    ports.sort();
    let monitored = model.values(gui, &format!("{MODGUI}monitoredOutputs"));
    let monitored = monitored.iter().filter_map(|node| model.value(node, LV2_SYMBOL));
    Some(GuiInfo {
        resources: path("resourcesDirectory"),
        icon_template: path("iconTemplate"),
        settings_template: path("settingsTemplate"),
        javascript: path("javascript"),
        stylesheet: path("stylesheet"),
        screenshot: path("screenshot"),
        thumbnail: path("thumbnail"),
        discussion_url: text("discussionURL"),
        documentation: text("documentation"),
        brand: text("brand"),
        label: text("label"),
        model: text("model"),
        panel: text("panel"),
        color: text("color"),
        knob: text("knob"),
        ports,
        monitored: monitored.map(|node| node.as_text()).collect(),
    })
}
