//! The graph of a board: plugins, cables, ports.

mod port;
mod read;
mod write;

pub use port::{Flow, MidiBinding, Port, PortKind};
pub(crate) use read::read;

/// A board's graph as its Turtle file has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Title, for people.
    pub title: String,
    /// Name of the unit it was made on (`pedal:unitName`).
    pub unit_name: String,
    /// Model of the unit it was made on (`pedal:unitModel`).
    pub unit_model: String,
    /// Width of the drawing in pixels.
    pub width: u32,
    /// Height of the drawing in pixels.
    pub height: u32,
    /// How often it was saved.
    pub version: u32,
    /// Plugins, in the order of the file.
    pub blocks: Vec<Block>,
    /// Cables, in the order of the file.
    pub arcs: Vec<Arc>,
    /// Ports of the board itself: hardware, tempo (`:bpb`, `:bpm`, `:rolling`), switches (`midi_separated_mode`).
    pub ports: Vec<Port>,
    /// Statements that this crate has no place for, in Turtle, one a line. They are written back as they are.
    pub rest: String,
}

/// A plugin on a board.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Name, unique on the board: letters, digits, `_`.
    pub instance: String,
    /// URI of the plugin.
    pub uri: String,
    /// Number towards the engine, as it was when the board was saved; it names the folder of the LV2 state.
    pub number: Option<u32>,
    /// Place on the drawing in pixels.
    pub x: f64,
    /// Place on the drawing in pixels.
    pub y: f64,
    /// Whether it is not bypassed.
    pub enabled: bool,
    /// URI of the preset that was loaded.
    pub preset: Option<String>,
    /// Version of the plugin.
    pub version: PluginVersion,
    /// Its ports, without the bypass, in the order of the file.
    pub ports: Vec<Port>,
    /// MIDI controller of the bypass.
    pub bypass_binding: Option<MidiBinding>,
}

impl Block {
    /// A plugin without ports at the upper left, enabled.
    pub fn new(instance: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            instance: instance.into(),
            uri: uri.into(),
            number: None,
            x: 0.0,
            y: 0.0,
            enabled: true,
            preset: None,
            version: PluginVersion::default(),
            ports: Vec::new(),
            bypass_binding: None,
        }
    }

    /// The port with this symbol.
    pub fn port(&self, symbol: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.symbol == symbol)
    }

    /// Values of the control inputs.
    pub fn values(&self) -> impl Iterator<Item = (&str, f32)> {
        self.ports.iter().filter_map(|port| Some((port.symbol.as_str(), port.value?)))
    }
}

/// Version of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct PluginVersion {
    /// `mod:builderVersion`.
    pub builder: u32,
    /// `lv2:minorVersion`.
    pub minor: u32,
    /// `lv2:microVersion`.
    pub micro: u32,
    /// `mod:releaseNumber`.
    pub release: u32,
}

/// A cable. Its ends are `instance/symbol`, or a port of the board: `capture_1`, `playback_2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arc {
    /// Where the sound comes from.
    pub source: String,
    /// Where it goes.
    pub target: String,
}

impl Graph {
    /// The plugin with this name.
    pub fn block(&self, instance: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.instance == instance)
    }

    /// The board's own port with this symbol.
    pub fn port(&self, symbol: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.symbol == symbol)
    }

    /// Beats per bar (1–16) and beats per minute (20–280) as far as the file has usable ones, and whether time
    /// advances.
    pub fn tempo(&self) -> (Option<f32>, Option<f32>, Option<bool>) {
        let value = |symbol| self.port(symbol).and_then(|port| port.value);
        (
            value(":bpb").filter(|bpb| (1.0..=16.0).contains(bpb)),
            value(":bpm").filter(|bpm| (20.0..=280.0).contains(bpm)),
            value(":rolling").map(|rolling| rolling >= 0.5),
        )
    }

    /// Whether each MIDI input is connected by itself, rather than all of them merged. Boards from before there was a
    /// choice have neither port and are merged only when `midi_legacy_mode` says nothing else.
    pub fn midi_separated(&self) -> bool {
        match (self.port("midi_separated_mode"), self.port("midi_legacy_mode")) {
            (Some(port), _) => port.value.is_none_or(|value| value >= 0.5),
            (None, Some(port)) => port.value.is_none_or(|value| value >= 0.5),
            (None, None) => true,
        }
    }

    /// Whether MIDI output comes back as input.
    pub fn midi_loopback(&self) -> bool {
        self.port("midi_loopback").is_some_and(|port| port.value.is_none_or(|value| value >= 0.5))
    }

    /// The graph as Turtle.
    pub fn to_turtle(&self) -> String {
        write::turtle(self)
    }
}
