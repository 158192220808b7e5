//! Ports of boards and plugins.

use crate::turtle::expand;

/// Type of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortKind {
    /// Audio.
    Audio,
    /// A value.
    Control,
    /// Control voltage.
    Cv,
    /// Events: MIDI, patch messages.
    Events,
    /// Not told, or of a type that this crate does not know.
    Other,
}

/// Direction of a port, as the board or plugin sees it: what comes from a capture port is an input of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Into the plugin or board.
    Input,
    /// Out of it.
    Output,
}

/// A MIDI controller that drives a port.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MidiBinding {
    /// Channel, 0–15.
    pub channel: u8,
    /// Controller, 0–254; above 127 are mod-host's own numbers (131: pitch bend).
    pub controller: u8,
    /// Values at the controller's ends, where they are not those of the port.
    pub range: Option<(f32, f32)>,
}

/// A port of a plugin or of the board.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Port {
    /// Name for machines.
    pub symbol: String,
    /// Full IRIs of its classes, in the order of the file.
    pub types: Vec<String>,
    /// Value of a control.
    pub value: Option<f32>,
    /// MIDI controller.
    pub binding: Option<MidiBinding>,
    /// Place among the ports of the board.
    pub index: Option<u32>,
    /// Name for people.
    pub name: Option<String>,
    /// Least size of the buffer for events, in bytes.
    pub minimum_size: Option<u32>,
}

impl Port {
    /// A port without a value.
    pub fn new(symbol: impl Into<String>, kind: PortKind, flow: Flow) -> Self {
        let mut types = vec![expand(match kind {
            PortKind::Audio => "lv2:AudioPort",
            PortKind::Control => "lv2:ControlPort",
            PortKind::Cv => "lv2:CVPort",
            PortKind::Events => "atom:AtomPort",
            PortKind::Other => "lv2:Port",
        })];
        types.push(expand(match flow {
            Flow::Input => "lv2:InputPort",
            Flow::Output => "lv2:OutputPort",
        }));
        Self {
            symbol: symbol.into(),
            types,
            value: None,
            binding: None,
            index: None,
            name: None,
            minimum_size: None,
        }
    }

    /// A control input with its value.
    pub fn control(symbol: impl Into<String>, value: f32) -> Self {
        Self { value: Some(value), ..Self::new(symbol, PortKind::Control, Flow::Input) }
    }

    /// The port with a place among the ports of the board and a name for people.
    #[must_use]
    pub fn named(mut self, index: u32, name: impl Into<String>) -> Self {
        self.index = Some(index);
        self.name = Some(name.into());
        self
    }

    fn is(&self, class: &str) -> bool {
        let class = expand(class);
        self.types.contains(&class)
    }

    /// Its type.
    pub fn kind(&self) -> PortKind {
        if self.is("lv2:CVPort") || self.is("mod:CVPort") {
            PortKind::Cv
        } else if self.is("lv2:AudioPort") {
            PortKind::Audio
        } else if self.is("lv2:ControlPort") {
            PortKind::Control
        } else if self.is("atom:AtomPort") {
            PortKind::Events
        } else {
            PortKind::Other
        }
    }

    /// Its direction, where it is told.
    pub fn flow(&self) -> Option<Flow> {
        match (self.is("lv2:InputPort"), self.is("lv2:OutputPort")) {
            (true, false) => Some(Flow::Input),
            (false, true) => Some(Flow::Output),
            _ => None,
        }
    }
}
