//! What the session must know of an installed plugin, and where it asks.

use std::sync::Arc;

use serde::Serialize;

/// Where plugins are looked up: lilv behind a cache, or a table in tests. Called on the session's task: it answers
/// within milliseconds.
pub trait Catalogue: Send + Sync + 'static {
    /// The plugin with this URI, or `None` when it is not installed.
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>>;
}

/// Knows no plugin.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyCatalogue;

impl Catalogue for EmptyCatalogue {
    fn plugin(&self, _uri: &str) -> Option<Arc<PluginSpec>> {
        None
    }
}

impl<C: Catalogue + ?Sized> Catalogue for Arc<C> {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        (**self).plugin(uri)
    }
}

/// An installed plugin.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PluginSpec {
    /// URI.
    pub uri: String,
    /// Name.
    pub name: String,
    /// Short name for small displays.
    pub label: String,
    /// Maker.
    pub brand: String,
    /// mod-ui's categories, e.g. `["Delay"]` or `["Filter", "Equaliser"]`; the first one gives the colour.
    pub categories: Vec<String>,
    /// `lv2:microVersion`.
    pub micro_version: u32,
    /// `lv2:minorVersion`.
    pub minor_version: u32,
    /// `mod:builderVersion`.
    pub builder_version: u32,
    /// `mod:releaseNumber`.
    pub release: u32,
    /// Control inputs.
    pub controls: Vec<ControlSpec>,
    /// Control outputs (meters).
    pub outputs: Vec<ControlSpec>,
    /// Audio inputs.
    pub audio_inputs: Vec<PortSpec>,
    /// Audio outputs.
    pub audio_outputs: Vec<PortSpec>,
    /// MIDI inputs.
    pub midi_inputs: Vec<PortSpec>,
    /// MIDI outputs.
    pub midi_outputs: Vec<PortSpec>,
    /// CV inputs.
    pub cv_inputs: Vec<PortSpec>,
    /// CV outputs.
    pub cv_outputs: Vec<PortSpec>,
    /// LV2 parameters (patch properties).
    pub parameters: Vec<ParameterSpec>,
    /// Presets: URI and label.
    pub presets: Vec<(String, String)>,
    /// Symbols of control outputs that the plugin's page wants to see moving.
    pub monitored: Vec<String>,
}

impl PluginSpec {
    /// Stands for a plugin that is not installed.
    pub fn missing(uri: &str) -> Self {
        let name = uri.rsplit(['/', '#', ':']).next().unwrap_or(uri).to_owned();
        Self { uri: uri.to_owned(), label: name.clone(), name, ..Self::default() }
    }

    /// A control input by its symbol.
    pub fn control(&self, symbol: &str) -> Option<&ControlSpec> {
        self.controls.iter().find(|control| control.symbol == symbol)
    }

    /// Whether a cable may start at this port.
    pub fn has_source(&self, symbol: &str) -> bool {
        [&self.audio_outputs, &self.midi_outputs, &self.cv_outputs]
            .iter()
            .any(|list| list.iter().any(|port| port.symbol == symbol))
    }

    /// Whether a cable may end at this port.
    pub fn has_sink(&self, symbol: &str) -> bool {
        [&self.audio_inputs, &self.midi_inputs, &self.cv_inputs]
            .iter()
            .any(|list| list.iter().any(|port| port.symbol == symbol))
    }
}

/// A port that cables go to or from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PortSpec {
    /// Symbol.
    pub symbol: String,
    /// Name.
    pub name: String,
}

/// How a control moves between its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// Equal steps.
    #[default]
    Linear,
    /// Equal ratios.
    Logarithmic,
    /// Whole numbers.
    Integer,
    /// One of its scale points.
    Enumeration,
    /// On or off.
    Toggle,
    /// A push: goes up and falls back by itself.
    Trigger,
}

/// A control input or output.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ControlSpec {
    /// Symbol.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// Name for small displays.
    pub short_name: String,
    /// Least value.
    pub min: f32,
    /// Greatest value.
    pub max: f32,
    /// Value of a new plugin.
    pub default: f32,
    /// How it moves.
    pub kind: ControlKind,
    /// Named values.
    pub scale_points: Vec<(String, f32)>,
    /// Unit as it is shown, e.g. `dB`; empty when it has none.
    pub unit: String,
    /// How mod-ui prints it, e.g. `%.1f dB`; empty when it has none.
    pub render: String,
    /// `lv2:designation`: such a port is steered by the host (enabled, freewheeling, tempo); empty otherwise.
    pub designation: String,
    /// Whether it follows a tapped tempo (`mod:tapTempo`).
    pub tap_tempo: bool,
    /// Whether it is left out of the player's sight (`pprops:notOnGUI`).
    pub hidden: bool,
    /// Number of steps between the ends; 0 when not given.
    pub steps: u32,
}

impl ControlSpec {
    /// `value` moved into the range; whole for [`ControlKind::Integer`]; the default when it is not a number.
    pub fn limit(&self, value: f32) -> f32 {
        if !value.is_finite() {
            return self.default;
        }
        let value = if self.max > self.min { value.clamp(self.min, self.max) } else { value };
        if self.kind == ControlKind::Integer { value.round_ties_even() } else { value }
    }
}

/// An LV2 parameter, set by `patch:Set`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ParameterSpec {
    /// URI of the property.
    pub uri: String,
    /// Name.
    pub label: String,
    /// mod-host's letter for its type: `b i l f g s p u v`.
    pub kind: char,
    /// Whether it can be set.
    pub writable: bool,
    /// Kinds of file that a path may name, as `nammodel`, `cabsim`, `ir`.
    pub file_types: Vec<String>,
}
