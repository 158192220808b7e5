//! The whole state of the pedal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::board::{Board, ControlPort};
use super::health::Health;

/// Everything that can be shown. Cheap to clone: its large parts are shared.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct State {
    /// Rises by one with each event.
    pub revision: u64,
    /// The board that sounds.
    pub board: Arc<Board>,
    /// Whether the board has edits that are not saved.
    pub unsaved: bool,
    /// What can be undone and redone.
    pub history: History,
    /// The board that is being loaded; the old one sounds meanwhile.
    pub loading: Option<Loading>,
    /// Boards and banks on disk.
    pub library: Arc<Library>,
    /// Where the tempo comes from.
    pub sync: SyncMode,
    /// A running blend between snapshots.
    pub morph: Option<Arc<Morph>>,
    /// Controls that wait for a controller to be moved. Several may wait: the next controller is bound to all of them.
    pub learning: Vec<ControlPort>,
    /// The tuner.
    pub tuner: Tuner,
    /// The recorder.
    pub recorder: Recorder,
    /// Boards that stand ready in the engine.
    pub preloaded: Vec<Preloaded>,
    /// Measured loudness by bundle.
    pub loudness: Arc<BTreeMap<PathBuf, Loudness>>,
    /// Values of monitored control outputs. Written as a list of pairs: a port is no key of a JSON object.
    #[serde(serialize_with = "pairs")]
    pub outputs: Arc<BTreeMap<ControlPort, f32>>,
    /// The engine.
    pub engine: EngineState,
    /// Load, dropouts, temperature.
    pub health: Arc<Health>,
    /// The last thing that the player should read, until it is dismissed.
    pub notice: Option<Notice>,
}

fn pairs<S: serde::Serializer>(
    outputs: &BTreeMap<ControlPort, f32>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(outputs)
}

/// What can be undone and redone, as words for a menu.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct History {
    /// What the next undo takes back, e.g. `remove Delay`.
    pub undo: Option<String>,
    /// What the next redo does again.
    pub redo: Option<String>,
    /// Steps that can be taken back.
    pub depth: usize,
}

/// A board on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loading {
    /// Its bundle, or `None` for the empty board.
    pub bundle: Option<PathBuf>,
    /// Its title, as far as it is known.
    pub title: String,
}

/// Boards and banks on disk.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Library {
    /// Boards, sorted by title.
    pub boards: Vec<BoardEntry>,
    /// Banks, in the player's order.
    pub banks: Vec<Bank>,
    /// The chosen bank; `None` for all boards.
    pub bank: Option<usize>,
}

impl Library {
    /// The bundles that next and previous go through: those of the bank, or all.
    pub fn sequence(&self) -> Vec<&PathBuf> {
        match self.bank.and_then(|bank| self.banks.get(bank)) {
            Some(bank) => bank.boards.iter().collect(),
            None => self.boards.iter().filter(|board| !board.broken).map(|board| &board.bundle).collect(),
        }
    }

    /// A board by its bundle.
    pub fn entry(&self, bundle: &std::path::Path) -> Option<&BoardEntry> {
        self.boards.iter().find(|board| board.bundle == bundle)
    }
}

/// A board on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoardEntry {
    /// Its title.
    pub title: String,
    /// Its bundle.
    pub bundle: PathBuf,
    /// Whether a plugin of it is not installed, or the bundle cannot be read.
    pub broken: bool,
    /// Whether it came with the system and is not to be changed.
    pub factory: bool,
    /// Number of times it was saved.
    pub version: u32,
}

/// A bank.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bank {
    /// Its title.
    pub title: String,
    /// Bundles of its boards.
    pub boards: Vec<PathBuf>,
}

/// Where the tempo comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// The board's own.
    #[default]
    Internal,
    /// MIDI clock that comes in.
    MidiClock,
    /// Ableton Link; the engine has none so far and says so.
    Link,
}

/// A blend between snapshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Morph {
    /// What the player calls it.
    pub name: String,
    /// Its stops, by rising position; 2 to 4.
    pub stops: Vec<MorphStop>,
    /// How the position moves between two stops.
    pub curve: Curve,
    /// Where it is, 0–1.
    pub position: f32,
}

/// A place on the way of a blend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MorphStop {
    /// Where, 0–1.
    pub position: f32,
    /// Number of the snapshot.
    pub snapshot: usize,
}

/// pi-stomp's interpolations. All begin at 0 and end at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curve {
    /// Straight.
    #[default]
    Linear,
    /// Slow at both ends (cubic).
    Smooth,
    /// t³.
    Build,
    /// 1 − (1 − t)³.
    Drop,
    /// (2^(10 t) − 1) / 1023.
    Snap,
    /// √t.
    Bloom,
}

/// The tuner's settings. Readings are events ([`super::Signal::Tuner`]), not state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tuner {
    /// Whether it listens.
    pub on: bool,
    /// Whether the output is mute while it is on.
    pub mute: bool,
    /// Input that it listens to, 1 or 2.
    pub input: u8,
    /// Frequency of A4 in Hz, 400–480.
    pub reference: f32,
}

impl Tuner {
    /// Whether the output is silent because of it.
    pub fn silences(&self) -> bool {
        self.on && self.mute
    }
}

impl Default for Tuner {
    fn default() -> Self {
        Self { on: false, mute: false, input: 1, reference: 440.0 }
    }
}

/// The recorder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Recorder {
    /// The file that is being written, if it records.
    pub file: Option<PathBuf>,
    /// The last file that was finished.
    pub last: Option<PathBuf>,
}

/// A board that stands ready in the engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preloaded {
    /// Its bundle.
    pub bundle: PathBuf,
    /// Its title.
    pub title: String,
    /// The engine's slot.
    pub slot: u32,
    /// Memory that it takes, in bytes, as far as it could be measured.
    pub memory: Option<u64>,
    /// Load that it will be, in percent of the period, as far as its plugins' costs are known.
    pub load_percent: Option<f32>,
}

/// Loudness of a board for the reference phrase.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Loudness {
    /// Greatest short-term loudness (EBU R 128, 3 s), in LUFS.
    pub short_term: f32,
    /// How much louder than the median of all boards that were measured, of whatever bank, in dB. A suggestion: turn the board down by this.
    pub difference: Option<f32>,
}

/// The engine, as the session sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub enum EngineState {
    /// Not yet reached, or lost; with the reason.
    Down(String),
    /// Reached; the board is being handed over.
    #[default]
    Connecting,
    /// It plays our board.
    Running,
}

impl EngineState {
    /// Whether it plays our board.
    pub fn is_running(&self) -> bool {
        *self == Self::Running
    }
}

/// A sentence for the player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How bad it is.
    pub level: NoticeLevel,
    /// The sentence: what failed, on what, what to try.
    pub text: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Something is not as asked for, the sound is.
    Warning,
    /// What was asked for did not happen.
    Error,
}
