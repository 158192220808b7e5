//! A pedalboard as it sounds now.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use super::names::{ControlPort, Endpoint, Instance};
use super::spec::PluginSpec;

/// The board that sounds.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Board {
    /// Title; empty for a board that was never saved.
    pub title: String,
    /// Its bundle, or `None` for a board that was never saved.
    pub bundle: Option<PathBuf>,
    /// Plugins in the order in which they were added.
    pub plugins: Vec<Arc<Plugin>>,
    /// Cables: source and target.
    pub connections: Vec<(Endpoint, Endpoint)>,
    /// Snapshots, in order.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// The snapshot that was chosen last.
    pub snapshot: Option<usize>,
    /// Tempo and bar.
    pub tempo: Tempo,
    /// MIDI bindings of `:bpm`, `:bpb` and `:rolling`.
    pub tempo_midi: BTreeMap<Arc<str>, MidiBinding>,
    /// Addressings other than MIDI, by actuator URI: hardware controls, CV outputs, `/bpm`.
    pub addressings: BTreeMap<String, Vec<Addressing>>,
    /// Size of the drawing in pixels: width, height.
    pub size: (u32, u32),
    /// Whether MIDI devices are kept apart (`midi_separated_mode`).
    pub midi_separated: bool,
    /// Whether what we send by MIDI comes back to us (`midi_loopback`).
    pub midi_loopback: bool,
}

impl Board {
    /// An empty board that was never saved, with one snapshot called `Default`.
    pub fn empty() -> Self {
        let snapshot = Snapshot { name: "Default".into(), plugins: BTreeMap::new() };
        Self {
            snapshots: vec![Arc::new(snapshot)],
            snapshot: Some(0),
            midi_separated: true,
            ..Self::default()
        }
    }

    /// A plugin by its name.
    pub fn plugin(&self, instance: &Instance) -> Option<&Arc<Plugin>> {
        self.plugins.iter().find(|plugin| plugin.instance == *instance)
    }

    /// A plugin by the engine's number.
    pub fn numbered(&self, number: i32) -> Option<&Arc<Plugin>> {
        self.plugins.iter().find(|plugin| plugin.number == number)
    }

    /// The number for the next plugin: one more than the greatest in use; at the end of the range the least that is free.
    pub fn next_number(&self) -> i32 {
        let next = self.plugins.iter().map(|plugin| plugin.number + 1).max().unwrap_or(0);
        if next < mod_protocol::FIRST_TOOL {
            return next;
        }
        (0..next).find(|number| self.numbered(*number).is_none()).unwrap_or(next)
    }

    /// The value of a control, of a bypass (0 or 1) or of the tempo.
    pub fn value(&self, port: &ControlPort) -> Option<f32> {
        if port.instance.is_board() {
            return self.tempo.control(&port.symbol);
        }
        let plugin = self.plugin(&port.instance)?;
        if port.is_bypass() {
            return Some(f32::from(u8::from(plugin.bypassed)));
        }
        plugin.values.get(&port.symbol).copied()
    }

    /// The MIDI binding of a control.
    pub fn binding(&self, port: &ControlPort) -> Option<MidiBinding> {
        if port.instance.is_board() {
            return self.tempo_midi.get(&port.symbol).copied();
        }
        self.plugin(&port.instance)?.midi.get(&port.symbol).copied()
    }

    /// All bindings, in the order of the plugins, the board's own last.
    pub fn bindings(&self) -> impl Iterator<Item = (ControlPort, MidiBinding)> + '_ {
        let plugins = self.plugins.iter().flat_map(|plugin| {
            plugin.midi.iter().map(|(symbol, binding)| {
                (ControlPort { instance: plugin.instance.clone(), symbol: symbol.clone() }, *binding)
            })
        });
        let own = self.tempo_midi.iter().map(|(symbol, binding)| {
            (ControlPort { instance: Instance::board(), symbol: symbol.clone() }, *binding)
        });
        plugins.chain(own)
    }

    /// Name of the snapshot that was chosen last.
    pub fn snapshot_name(&self) -> Option<&str> {
        self.snapshot.and_then(|at| self.snapshots.get(at)).map(|snapshot| snapshot.name.as_str())
    }

    /// The present sound as a snapshot.
    pub fn capture(&self, name: &str) -> Snapshot {
        let plugins = self.plugins.iter().map(|plugin| {
            let values = SnapshotPlugin {
                bypassed: plugin.bypassed,
                values: plugin.values.clone(),
                parameters: plugin.parameters.clone(),
                preset: plugin.preset.clone(),
            };
            (plugin.instance.clone(), values)
        });
        Snapshot { name: name.to_owned(), plugins: plugins.collect() }
    }

    /// Title to show: `Untitled` for a board without one.
    pub fn shown_title(&self) -> &str {
        if self.title.is_empty() { "Untitled" } else { &self.title }
    }
}

/// A plugin on the board.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plugin {
    /// Its name.
    pub instance: Instance,
    /// Its number towards the engine, 0–9989.
    pub number: i32,
    /// What it is; ranges and names of its controls.
    /// Of this only the URI is told: descriptions are large, and fetched once.
    #[serde(rename = "uri", serialize_with = "uri_of")]
    pub spec: Arc<PluginSpec>,
    /// Whether it is not installed: a pass-through stands in its place.
    pub missing: bool,
    /// Place on the drawing: x and y in pixels.
    pub position: (f64, f64),
    /// Whether it is bypassed.
    pub bypassed: bool,
    /// URI of the preset that was loaded last.
    pub preset: Option<String>,
    /// Control inputs by symbol, all of them.
    pub values: BTreeMap<Arc<str>, f32>,
    /// LV2 parameters that were set, by URI.
    pub parameters: BTreeMap<String, Value>,
    /// MIDI bindings by symbol; `:bypass` for the bypass.
    pub midi: BTreeMap<Arc<str>, MidiBinding>,
    /// Folder with the LV2 state that was saved with the board.
    pub state: Option<PathBuf>,
}

fn uri_of<S: serde::Serializer>(spec: &Arc<PluginSpec>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&spec.uri)
}

impl Plugin {
    /// A plugin with the default value in every control.
    pub fn new(instance: Instance, number: i32, spec: Arc<PluginSpec>) -> Self {
        let values =
            spec.controls.iter().map(|control| (control.symbol.as_str().into(), control.default)).collect();
        Self {
            instance,
            number,
            spec,
            missing: false,
            position: (0.0, 0.0),
            bypassed: false,
            preset: None,
            values,
            parameters: BTreeMap::new(),
            midi: BTreeMap::new(),
            state: None,
        }
    }
}

/// The value of an LV2 parameter, with mod-host's letter for its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// `b` bool, `i` int, `l` long, `f` float, `g` double, `s` string, `p` path, `u` URI, `v` vector.
    pub kind: char,
    /// The value as text, as mod-host writes it.
    pub text: String,
}

/// A controller that drives a control.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MidiBinding {
    /// MIDI channel, 0–15.
    pub channel: u8,
    /// Controller, 0–127, or 131 for pitch bend.
    pub controller: u8,
    /// Value at the controller's low end.
    pub min: f32,
    /// Value at its high end.
    pub max: f32,
}

/// An addressing other than MIDI, as `addressings.json` has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Addressing {
    /// What is driven.
    pub port: ControlPort,
    /// Name on the device.
    pub label: String,
    /// Value at the low end.
    pub minimum: f32,
    /// Value at the high end.
    pub maximum: f32,
    /// Steps between them.
    pub steps: u32,
    /// Whether it follows the tempo.
    pub tempo: bool,
    /// Division of the beat, when it follows the tempo.
    pub dividers: Option<f32>,
    /// Whether it acts only while it is held.
    pub momentary: bool,
    /// Fields that this program does not use, as they were read.
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// A stored sound of a board.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Name, unique on its board.
    pub name: String,
    /// Values by plugin.
    pub plugins: BTreeMap<Instance, SnapshotPlugin>,
}

/// What a snapshot holds of one plugin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SnapshotPlugin {
    /// Whether it is bypassed.
    pub bypassed: bool,
    /// Control inputs by symbol.
    pub values: BTreeMap<Arc<str>, f32>,
    /// LV2 parameters by URI.
    pub parameters: BTreeMap<String, Value>,
    /// Preset, if one was loaded.
    pub preset: Option<String>,
}

/// Tempo, bar, and whether time advances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tempo {
    /// Beats per minute, 20–280.
    pub bpm: f64,
    /// Beats per bar, 1–16.
    pub beats_per_bar: f64,
    /// Whether time advances.
    pub rolling: bool,
}

impl Default for Tempo {
    fn default() -> Self {
        Self { bpm: 120.0, beats_per_bar: 4.0, rolling: false }
    }
}

impl Tempo {
    /// The tempo with everything moved into its range.
    pub fn limited(self) -> Self {
        let within = |value: f64, low: f64, high: f64, other: f64| {
            if value.is_finite() { value.clamp(low, high) } else { other }
        };
        Self {
            bpm: within(self.bpm, 20.0, 280.0, 120.0),
            beats_per_bar: within(self.beats_per_bar, 1.0, 16.0, 4.0),
            rolling: self.rolling,
        }
    }

    /// Value of `:bpm`, `:bpb` or `:rolling`.
    pub fn control(&self, symbol: &str) -> Option<f32> {
        match symbol {
            ":bpm" => Some(self.bpm as f32),
            ":bpb" => Some(self.beats_per_bar as f32),
            ":rolling" => Some(f32::from(u8::from(self.rolling))),
            _ => None,
        }
    }

    /// The tempo with `:bpm`, `:bpb` or `:rolling` set.
    pub fn with(mut self, symbol: &str, value: f32) -> Option<Self> {
        match symbol {
            ":bpm" => self.bpm = value.into(),
            ":bpb" => self.beats_per_bar = value.into(),
            ":rolling" => self.rolling = value >= 0.5,
            _ => return None,
        }
        Some(self.limited())
    }
}
