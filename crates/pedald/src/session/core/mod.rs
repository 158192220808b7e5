//! The session without its surroundings: inputs and the time go in, effects come out.

mod arrange;
mod arrival;
mod changing;
mod control;
mod deadlines;
mod edit;
mod feedback;
mod hang;
mod intents;
mod jobs;
mod library;
mod link;
mod loading;
mod preload;
mod presets;
mod saving;
mod sending;
mod settings;
mod slots;
mod snapshots;
mod telling;
#[cfg(test)]
mod tests;
mod values;
mod vitals;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::Command;

use super::board::{Board, ControlPort};
use super::change::Change;
use super::event::Event;
use super::intent::{Answer, Intent, Source};
use super::spec::Catalogue;
use super::state::{EngineState, State};
use super::undo::Undo;
use crate::engine::{EngineBoard, EngineEvent, Place};
use crate::store::{DiskAnswer, DiskJob, DiskNews};

pub use self::slots::{PRELOAD_LOAD, PRELOAD_MEMORY};
pub use crate::engine::Ticket;

/// Names who waits for the answer to an intent; 0 for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyTo(pub u64);

/// What comes in.
#[derive(Debug)]
pub enum Input {
    /// The beginning: reads the disk, loads the last board.
    Start,
    /// Something is asked for.
    Intent {
        /// Who asks.
        source: Source,
        /// What for.
        intent: Intent,
        /// Where the answer goes.
        reply: ReplyTo,
    },
    /// The engine says something.
    Engine {
        /// What.
        event: EngineEvent,
        /// The engine's memory in bytes at this time, where it is known.
        memory: Option<u64>,
    },
    /// A job on the disk has ended.
    Disk {
        /// Its number.
        ticket: Ticket,
        /// What came of it.
        answer: Result<DiskAnswer, String>,
        /// The engine's memory in bytes at this time, where it is known.
        memory: Option<u64>,
    },
    /// The disk tells something by itself.
    Told(DiskNews),
    /// Time has passed; see [`Core::next_wake`].
    Tick {
        /// The engine's memory in bytes, where it is known.
        memory: Option<u64>,
    },
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell everybody; the state is as it is after this event.
    Emit(Event),
    /// Answer an intent.
    Answer(ReplyTo, Answer),
    /// Send a command to the engine.
    Command(Ticket, Command),
    /// Hand a board to the engine.
    Load(Ticket, Box<EngineBoard>, Place),
    /// Drop the link to the engine, for this reason, and make a new one: it does not answer.
    GiveUp(String),
    /// Do something on the disk; jobs are done in their order.
    Disk(Ticket, DiskJob),
}

/// A board that was read, and what could not be taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardRead {
    /// The board.
    pub board: Arc<Board>,
    /// Sentences.
    pub problems: Vec<String>,
}

/// What a reply or the end of a job is waited for.
#[derive(Debug)]
enum Waiting {
    /// A command that is expected to do what it says: what it does, and whether it answers 1 for success.
    Command { what: String, inverted: bool },
    /// A plugin that is being added.
    Add { change: Change, undo: Option<u64>, source: Source, reply: ReplyTo },
    /// A board on its way to be the running one.
    Load(loading::Load),
    /// A board that is being read to be preloaded, or is on its way into a slot.
    Preload { bundle: PathBuf, slot: u32, read: Option<BoardRead>, memory: Option<u64> },
    /// A slot that is being emptied.
    Unload,
    /// A cable that is being made.
    Connect { change: Change, undo: Option<u64>, source: Source, reply: ReplyTo },
    /// A preset that is being loaded; the question for the running board has the next ticket.
    PresetAsked,
    /// The running board after a preset was loaded.
    Preset { instance: super::board::Instance, uri: String, source: Source, reply: ReplyTo },
    /// A preset that is being stored.
    StorePreset {
        instance: super::board::Instance,
        bundle: PathBuf,
        uri: String,
        source: Source,
        reply: ReplyTo,
    },
    /// Times, load, dropouts.
    Stats,
    /// A job on the disk that somebody waits for.
    Disk { what: &'static str, reply: ReplyTo },
    /// The board is saved, and the engine stores its plugins' state beside it.
    StateSave { bundle: PathBuf, title: String, reply: ReplyTo },
    /// The board is being saved.
    Save { title: String, mark: u64, generation: u64, reply: ReplyTo },
}

/// An intent that waits until the board on its way has arrived.
#[derive(Debug)]
struct Deferred {
    source: Source,
    intent: Intent,
    reply: ReplyTo,
    /// It came after another board was asked for, and means that one.
    behind: bool,
}

/// What a change means for undo and for what is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Changes what the board is: whoever does it, it can be undone and is to be saved.
    Structure,
    /// The same when the source edits; played otherwise.
    Edit,
    /// Can be undone when the source edits; nothing to save.
    Recall,
    /// Played: neither.
    Play,
}

/// The session.
pub struct Core {
    state: State,
    catalogue: Box<dyn Catalogue>,
    undo: Undo,
    waiting: BTreeMap<Ticket, Waiting>,
    last_ticket: Ticket,
    /// Until when the engine has to answer.
    deadlines: deadlines::Deadlines,
    /// The player knows that the engine hangs; until it plays again.
    hang_told: bool,
    effects: Vec<Effect>,
    now: Duration,
    deferred: Vec<Deferred>,
    /// The board that is asked for while another is on its way into the engine.
    next_load: Option<(loading::Target, Source, ReplyTo)>,
    slots: slots::Slots,
    /// The place in the bank that was stepped to last: a set may have a board twice.
    place: Option<usize>,
    /// `/reset` came: the empty board is made at this time, unless another is loaded before.
    reset_at: Option<Duration>,
    /// The board that was there before it, which the engine still plays; and whether it had unsaved edits.
    reset_from: Option<(Arc<Board>, bool)>,
    stats_at: Duration,
    learning: Vec<(ControlPort, f32, f32)>,
    /// Controllers (channel, number) in their upper half, for switches of which each press turns something over.
    down: BTreeSet<(u8, u8)>,
    xrun_times: Vec<(Duration, u64)>,
    autosave_at: Option<Duration>,
    /// The board as it was loaded or saved last.
    loaded: Arc<Board>,
    /// What of the board could not be taken over.
    problems: Vec<String>,
    /// Rises with each board that is loaded.
    generation: u64,
    /// Whether the disk was read.
    started: bool,
    /// Load by plugin URI in percent of the period, as seen last.
    costs: BTreeMap<String, f32>,
    /// Memory of the engine, as told last.
    memory: Option<u64>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("revision", &self.state.revision).finish_non_exhaustive()
    }
}

impl Core {
    /// A session with an empty board and no engine.
    pub fn new(catalogue: impl Catalogue) -> Self {
        let state = State {
            board: Arc::new(Board::empty()),
            engine: EngineState::Down("not reached yet".into()),
            ..State::default()
        };
        Self {
            state,
            catalogue: Box::new(catalogue),
            undo: Undo::default(),
            waiting: BTreeMap::new(),
            last_ticket: 0,
            deadlines: deadlines::Deadlines::default(),
            hang_told: false,
            effects: Vec::new(),
            now: Duration::ZERO,
            deferred: Vec::new(),
            next_load: None,
            slots: slots::Slots::default(),
            place: None,
            reset_at: None,
            reset_from: None,
            stats_at: Duration::ZERO,
            learning: Vec::new(),
            down: BTreeSet::new(),
            xrun_times: Vec::new(),
            autosave_at: None,
            loaded: Arc::new(Board::empty()),
            problems: Vec::new(),
            generation: 0,
            started: false,
            costs: BTreeMap::new(),
            memory: None,
        }
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes an input at a time (since any fixed moment). The effects are to be done in their order.
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        self.now = now;
        match input {
            Input::Start => self.start(),
            Input::Intent { source, intent, reply } => self.take(source, intent, reply),
            Input::Engine { event, memory } => {
                self.memory = memory;
                self.engine_says(event);
            }
            Input::Disk { ticket, answer, memory } => self.disk_done(ticket, answer, memory),
            Input::Told(news) => self.disk_tells(news),
            Input::Tick { memory } => self.tick(memory),
        }
        let effects = std::mem::take(&mut self.effects);
        // what is asked of an engine that is away is never answered
        if matches!(self.state.engine, EngineState::Down(_)) {
            self.deadlines.clear();
        } else {
            effects.iter().for_each(|effect| self.deadlines.sent(effect, now));
        }
        effects
    }

    /// When the next [`Input::Tick`] is needed.
    pub fn next_wake(&self) -> Duration {
        let times = [self.reset_at, self.autosave_at, self.slots.wake(), self.deadlines.wake()];
        let soonest = times.into_iter().flatten().min();
        soonest.map_or(self.stats_at, |at| at.min(self.stats_at))
    }

    fn tick(&mut self, memory: Option<u64>) {
        self.look_for_hang();
        if self.reset_at.is_some_and(|at| at <= self.now) {
            self.reset_at = None;
            self.begin_load(loading::Target::Empty, Source::Session, ReplyTo(0));
        }
        if self.autosave_at.is_some_and(|at| at <= self.now) {
            self.autosave();
        }
        self.ask_stats();
        self.preload_next(memory);
    }
}
