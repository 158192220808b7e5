//! What the pedal is doing, as the screens need it. Plain data: the owner of the [`crate::Ui`] fills it from its events.

mod audio;
mod board;
mod colour;
mod network;
mod sample;
mod system;

pub use audio::{Audio, Bypass, Mixer, Side, Tuner};
pub use board::{
    Blend, Board, BoardName, Category, Choice, Control, ControlKind, Curve, Footswitch, Kind, Parameter,
    Plugin, Snapshots, Tempo,
};
pub use colour::Colour;
pub use network::{Network, NetworkMode, Password, Wifi, WifiState};
pub use system::{Client, Health, Notice, Pairing, Progress, Ready, Stage, System, Update};

pub use board::ClockSource;

/// Everything that a screen can show.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Model {
    /// Whether the pedal starts, plays, updates or stops.
    pub stage: Stage,
    /// The present board.
    pub board: Board,
    /// All boards of the selected bank, in its order.
    pub boards: Vec<BoardName>,
    /// Place of the present board in `boards`.
    pub board_index: Option<usize>,
    /// Titles of the banks.
    pub banks: Vec<String>,
    /// The selected bank; none: all boards.
    pub bank: Option<usize>,
    /// Snapshots of the present board.
    pub snapshots: Snapshots,
    /// Blends of the present board.
    pub blend: Blend,
    /// Footswitches from left to right.
    pub footswitches: Vec<Footswitch>,
    /// Tweak encoders, knobs and expression pedals.
    pub controls: Vec<Control>,
    /// Tempo.
    pub tempo: Tempo,
    /// Load, xruns, levels.
    pub health: Health,
    /// Boards that stand ready.
    pub ready: Ready,
    /// Wireless network.
    pub wifi: Wifi,
    /// Levels, equaliser, period, rate.
    pub audio: Audio,
    /// Tuner.
    pub tuner: Tuner,
    /// True bypass; none: this hardware has no such thing.
    pub bypass: Option<Bypass>,
    /// Browsers that may edit, and one that asks.
    pub pairing: Pairing,
    /// Facts about the system.
    pub system: System,
    /// State of a system update.
    pub update: Update,
    /// A sentence the player must see.
    pub notice: Option<Notice>,
    /// A parameter waits for a MIDI control: its name.
    pub learning: Option<String>,
}

impl Model {
    /// The plugin with this name in the board.
    pub fn plugin(&self, instance: &str) -> Option<&Plugin> {
        self.board.plugins.iter().find(|plugin| plugin.instance == instance)
    }

    /// The parameter of a plugin.
    pub fn parameter(&self, instance: &str, symbol: &str) -> Option<&Parameter> {
        self.plugin(instance)?.parameters.iter().find(|parameter| parameter.symbol == symbol)
    }
}
