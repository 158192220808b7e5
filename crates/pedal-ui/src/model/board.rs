//! The board: plugins, snapshots, blends, footswitches, controls, tempo.

use super::Colour;

/// A board in a list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BoardName {
    /// Title as the player gave it.
    pub title: String,
    /// False: it cannot be loaded, for example because plugins are missing.
    pub broken: bool,
}

/// The present board.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Board {
    /// Title; empty for a board that was never saved.
    pub title: String,
    /// There are changes that are not saved.
    pub unsaved: bool,
    /// Title of the board that is being made ready.
    pub loading: Option<String>,
    /// The last edit can be taken back: what it was.
    pub undo: Option<String>,
    /// An edit that was taken back can be done again: what it was.
    pub redo: Option<String>,
    /// Named versions, newest first.
    pub versions: Vec<String>,
    /// Louder (+) or softer (−) than the other boards, in LU, when that was measured.
    pub loudness: Option<f32>,
    /// Plugins in the order of the signal.
    pub plugins: Vec<Plugin>,
}

/// A plugin of the board.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Plugin {
    /// Its name in the board; unique there.
    pub instance: String,
    /// What the player calls it.
    pub name: String,
    /// What it does: gives the tile's colour.
    pub category: Category,
    /// It is passed by.
    pub bypassed: bool,
    /// It is not installed here.
    pub missing: bool,
    /// Its control inputs.
    pub parameters: Vec<Parameter>,
    /// Names of its presets.
    pub presets: Vec<String>,
    /// The preset that was loaded last.
    pub preset: Option<usize>,
    /// Share of a period that it takes (p99), in percent.
    pub cost: Option<f32>,
}

/// A control input of a plugin.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parameter {
    /// Its symbol: unique in the plugin.
    pub symbol: String,
    /// Its name for people.
    pub name: String,
    /// Present value, in `unit`.
    pub value: f32,
    /// Lowest value.
    pub min: f32,
    /// Highest value.
    pub max: f32,
    /// Value after adding the plugin.
    pub default: f32,
    /// Unit; empty: none.
    pub unit: String,
    /// How it moves between `min` and `max`.
    pub kind: Kind,
    /// What moves it ("CC 70", "FS A"), if anything.
    pub assigned: Option<String>,
}

/// How a parameter moves.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Kind {
    /// In equal steps.
    #[default]
    Linear,
    /// In equal ratios, as frequencies do.
    Logarithmic,
    /// In whole numbers.
    Integer,
    /// Off below the middle, else on.
    Toggle,
    /// One of these.
    Choice(Vec<Choice>),
}

/// A named value of a parameter.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Choice {
    /// The value.
    pub value: f32,
    /// Its name.
    pub name: String,
}

/// What a plugin does, after LV2's classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs)] // The names are the classes' own.
pub enum Category {
    Delay,
    Distortion,
    Dynamics,
    Filter,
    Generator,
    Modulator,
    Reverb,
    Simulator,
    Spectral,
    Utility,
    #[default]
    Unknown,
}

impl Category {
    /// The category of an LV2 class as mod-ui names it ("Delay", "MIDI", "Spatial", …).
    pub fn from_name(name: &str) -> Self {
        match name {
            "Delay" => Self::Delay,
            "Distortion" => Self::Distortion,
            "Dynamics" => Self::Dynamics,
            "Filter" => Self::Filter,
            "Generator" => Self::Generator,
            "Modulator" => Self::Modulator,
            "Reverb" => Self::Reverb,
            "Simulator" => Self::Simulator,
            "Spectral" => Self::Spectral,
            "Utility" | "MIDI" | "MIDI utility" | "MIDI Utility" | "Spatial" => Self::Utility,
            _ => Self::Unknown,
        }
    }

    /// The colour pi-Stomp players know it by.
    pub const fn colour(self) -> Colour {
        match self {
            Self::Delay => Colour::new(199, 21, 133),
            Self::Distortion => Colour::new(0, 176, 0),
            Self::Dynamics => Colour::new(200, 80, 0),
            Self::Filter => Colour::new(170, 140, 0),
            Self::Generator => Colour::new(75, 0, 130),
            Self::Modulator => Colour::new(50, 50, 255),
            Self::Reverb => Colour::new(20, 140, 180),
            Self::Simulator => Colour::new(139, 69, 19),
            Self::Spectral => Colour::new(230, 0, 0),
            Self::Utility => Colour::new(128, 128, 128),
            Self::Unknown => Colour::new(80, 80, 80),
        }
    }
}

/// Snapshots of the present board.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Snapshots {
    /// Their names.
    pub names: Vec<String>,
    /// The one that was recalled last.
    pub current: Option<usize>,
    /// A value has changed since.
    pub touched: bool,
}

/// Blends: one control moves the board between snapshots.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Blend {
    /// Names of the board's blends.
    pub names: Vec<String>,
    /// The blend that plays; none: no blend.
    pub current: Option<usize>,
    /// Position of the control, 0 to 1.
    pub position: f32,
    /// Stops of the present blend: position 0 to 1, and the snapshot's name.
    pub stops: Vec<(f32, String)>,
    /// Name of the curve between stops ("linear", "smooth", …).
    pub curve: String,
}

/// A footswitch.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Footswitch {
    /// What it does, in a word or two; empty: nothing.
    pub label: String,
    /// Colour of its LED and tile.
    pub colour: Colour,
    /// Its LED is lit.
    pub lit: bool,
    /// What holding it does; empty: nothing.
    pub long: String,
}

/// What kind of control it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ControlKind {
    /// An encoder or a knob.
    #[default]
    Knob,
    /// An expression pedal.
    Expression,
    /// The output volume.
    Volume,
}

/// How an expression pedal's travel becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Curve {
    /// Value follows travel.
    #[default]
    Linear,
    /// Slow at the heel.
    Slow,
    /// Fast at the heel.
    Fast,
}

impl Curve {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Slow, Self::Fast];

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "Linear",
            Self::Slow => "Slow start",
            Self::Fast => "Fast start",
        }
    }
}

/// A tweak encoder, a knob or an expression pedal.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Control {
    /// What it is.
    pub kind: ControlKind,
    /// Short name of what it moves; empty: nothing.
    pub label: String,
    /// Where it stands, 0 to 1.
    pub position: f32,
    /// Present value as text.
    pub text: String,
    /// The parameter it moves: the plugin's name in the board, and the symbol.
    pub parameter: Option<(String, String)>,
    /// Curve of an expression pedal.
    pub curve: Curve,
}

/// Where the tempo comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClockSource {
    /// The pedal's own.
    #[default]
    Internal,
    /// MIDI clock at an input.
    Midi,
    /// Ableton Link.
    Link,
}

impl ClockSource {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Internal, Self::Midi, Self::Link];

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "Internal",
            Self::Midi => "MIDI clock",
            Self::Link => "Link",
        }
    }
}

/// Tempo.
#[derive(Clone, Debug, PartialEq)]
pub struct Tempo {
    /// Beats per minute.
    pub bpm: f32,
    /// Footswitches with a tap function tap.
    pub tap_mode: bool,
    /// Where it comes from.
    pub source: ClockSource,
}

impl Default for Tempo {
    fn default() -> Self {
        Self { bpm: 120.0, tap_mode: false, source: ClockSource::Internal }
    }
}
