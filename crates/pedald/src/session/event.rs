//! What happened: the only way in which the state changes.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::board::{Board, ControlPort, Instance};
use super::change::{Change, ChangeError};
use super::health::Health;
use super::intent::Source;
use super::state::{
    EngineState, History, Library, Loading, Loudness, Morph, Notice, Preloaded, Recorder, State, SyncMode,
    Tuner,
};

/// Something that has happened. Who applies every event to a copy of the state has the state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// The state's revision with this event in it.
    pub revision: u64,
    /// Who caused it.
    pub source: Source,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The board was edited or played; these belong together.
    Changed(Arc<[Change]>),
    /// Another board sounds.
    BoardLoaded(Arc<Board>),
    /// The board was saved here under this title.
    Saved {
        /// Its bundle.
        bundle: PathBuf,
        /// Its title.
        title: String,
    },
    /// A board is on its way, or no more.
    Loading(Option<Loading>),
    /// Whether there are edits that are not saved.
    Unsaved(bool),
    /// What can be undone.
    History(History),
    /// Boards and banks.
    Library(Arc<Library>),
    /// Where the tempo comes from.
    Sync(SyncMode),
    /// The blend; its values come as changes.
    Morph(Option<Arc<Morph>>),
    /// Controls that wait for a controller.
    Learning(Vec<ControlPort>),
    /// The tuner's settings.
    Tuner(Tuner),
    /// The recorder.
    Recorder(Recorder),
    /// Boards that stand ready.
    Preloaded(Vec<Preloaded>),
    /// Loudness of a board.
    Loudness(PathBuf, Loudness),
    /// A monitored control output.
    Output(ControlPort, f32),
    /// The engine.
    Engine(EngineState),
    /// Load, dropouts, temperature.
    Health(Arc<Health>),
    /// A sentence for the player, or its end.
    Notice(Option<Notice>),
    /// Something that passes and is not kept in the state.
    Signal(Signal),
}

/// What passes and is not kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signal {
    /// The tuner heard a tone; `None` when it hears none.
    Tuner(Option<TunerReading>),
    /// Levels in dBFS: inputs, outputs.
    Levels {
        /// Peaks of the inputs.
        inputs: Vec<f32>,
        /// Peaks of the outputs.
        outputs: Vec<f32>,
    },
    /// A control of the hardware was moved by this much of its way (0–1): displays may show what it drives.
    Touched(ControlPort),
    /// A program change for this channel that the engine received.
    Program {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Program, 0–127.
        program: u8,
    },
    /// A controller that drives nothing, on a channel that is watched.
    Controller {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Controller, 0–127.
        controller: u8,
        /// Position, 0–127.
        value: u8,
    },
    /// Something went wrong with a plugin.
    Fault {
        /// The plugin, if it is on the board.
        instance: Option<Instance>,
        /// Its URI.
        uri: String,
        /// mod-protocol's word for it: `nan`, `level`, `overrun`, `missing`, `failed`, `cleared`.
        kind: String,
        /// A sentence.
        detail: String,
    },
    /// A line of the engine's log.
    Log {
        /// 0 trace, 1 note, 2 warning, 3 error.
        level: i32,
        /// The line.
        text: String,
    },
    /// What a client asked for was not done, or otherwise than it asked. For that client alone, the event's source: it
    /// believes something else.
    Corrected {
        /// Controls whose values it should look at again.
        ports: Vec<ControlPort>,
        /// Why, when it was refused.
        reason: Option<String>,
    },
    /// A tap of the tempo or a beat, to blink with.
    Beat,
}

/// What the tuner heard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TunerReading {
    /// Frequency in Hz.
    pub frequency: f32,
    /// MIDI note number of the nearest note.
    pub note: u8,
    /// Distance from it in cents, −50–50.
    pub cents: f32,
    /// Root mean square of the sound in dBFS.
    pub level_dbfs: f32,
}

impl TunerReading {
    /// The reading for a frequency in Hz with A4 at `reference` Hz. `None` outside of MIDI's notes.
    pub fn new(frequency: f32, reference: f32, level_dbfs: f32) -> Option<Self> {
        let number = 69.0 + 12.0 * (f64::from(frequency) / f64::from(reference)).log2();
        let nearest = number.round();
        (0.0..=127.0).contains(&nearest).then_some(Self {
            frequency,
            note: nearest as u8,
            cents: ((number - nearest) * 100.0) as f32,
            level_dbfs,
        })
    }

    /// Name of the note with sharps: `C`, `C#`, … `B`.
    pub fn name(&self) -> &'static str {
        const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
        NAMES[usize::from(self.note % 12)]
    }

    /// Octave of the note; A4 is 440 Hz, E2 the low string of a guitar.
    pub fn octave(&self) -> i8 {
        (self.note / 12) as i8 - 1
    }
}

impl State {
    /// Applies an event. An error means that an event is missing: take the whole state anew.
    pub fn apply(&mut self, event: &Event) -> Result<(), ChangeError> {
        self.apply_kind(&event.kind)?;
        self.revision = event.revision;
        Ok(())
    }

    pub(super) fn apply_kind(&mut self, kind: &EventKind) -> Result<(), ChangeError> {
        match kind {
            EventKind::Changed(changes) => {
                let board = Arc::make_mut(&mut self.board);
                for change in changes.iter() {
                    change.apply(board)?;
                }
            }
            EventKind::BoardLoaded(board) => {
                self.board = board.clone();
                self.outputs = Arc::default();
            }
            EventKind::Saved { bundle, title } => {
                let board = Arc::make_mut(&mut self.board);
                board.bundle = Some(bundle.clone());
                board.title.clone_from(title);
                // the engine writes them there next; where a plugin has no state there will be no folder
                for plugin in &mut board.plugins {
                    let state = Some(bundle.join(format!("effect-{}", plugin.number)));
                    if plugin.state != state {
                        Arc::make_mut(plugin).state = state;
                    }
                }
            }
            EventKind::Loading(loading) => self.loading.clone_from(loading),
            EventKind::Unsaved(unsaved) => self.unsaved = *unsaved,
            EventKind::History(history) => self.history = history.clone(),
            EventKind::Library(library) => self.library = library.clone(),
            EventKind::Sync(sync) => self.sync = *sync,
            EventKind::Morph(morph) => self.morph.clone_from(morph),
            EventKind::Learning(ports) => self.learning.clone_from(ports),
            EventKind::Tuner(tuner) => self.tuner = tuner.clone(),
            EventKind::Recorder(recorder) => self.recorder = recorder.clone(),
            EventKind::Preloaded(boards) => self.preloaded.clone_from(boards),
            EventKind::Loudness(bundle, loudness) => {
                Arc::make_mut(&mut self.loudness).insert(bundle.clone(), *loudness);
            }
            EventKind::Output(port, value) => {
                Arc::make_mut(&mut self.outputs).insert(port.clone(), *value);
            }
            EventKind::Engine(engine) => self.engine = engine.clone(),
            EventKind::Health(health) => self.health = health.clone(),
            EventKind::Notice(notice) => self.notice.clone_from(notice),
            EventKind::Signal(_) => {}
        }
        Ok(())
    }
}
