//! The session without its surroundings: inputs and the time go in, effects come out.

mod arrange;
mod boards;
mod control;
mod edit;
mod engine;
mod snapshots;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::Command;

use super::board::{Board, ControlPort};
use super::change::Change;
use super::division::TEMPO;
use super::error::SessionError;
use super::event::{Event, EventKind, Signal};
use super::health::Health;
use super::intent::{Answer, Done, Intent, Source};
use super::spec::Catalogue;
use super::state::{EngineState, Loading, Notice, NoticeLevel, State};
use super::undo::{Entry, Undo};
use crate::engine::{EngineBoard, EngineEvent, Place};
use crate::store::{DiskAnswer, DiskJob};

pub use self::boards::{PRELOAD_LOAD, PRELOAD_MEMORY};
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
    Load(boards::Load),
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
    effects: Vec<Effect>,
    now: Duration,
    deferred: Vec<Deferred>,
    /// The board that is asked for while another is on its way into the engine.
    next_load: Option<(boards::Target, Source, ReplyTo)>,
    slots: boards::Slots,
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
            effects: Vec::new(),
            now: Duration::ZERO,
            deferred: Vec::new(),
            next_load: None,
            slots: boards::Slots::default(),
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
            Input::Tick { memory } => self.tick(memory),
        }
        std::mem::take(&mut self.effects)
    }

    /// When the next [`Input::Tick`] is needed.
    pub fn next_wake(&self) -> Duration {
        let soonest = [self.reset_at, self.autosave_at, self.slots.wake()].into_iter().flatten().min();
        soonest.map_or(self.stats_at, |at| at.min(self.stats_at))
    }

    fn tick(&mut self, memory: Option<u64>) {
        if self.reset_at.is_some_and(|at| at <= self.now) {
            self.reset_at = None;
            self.begin_load(boards::Target::Empty, Source::Session, ReplyTo(0));
        }
        if self.autosave_at.is_some_and(|at| at <= self.now) {
            self.autosave();
        }
        self.ask_stats();
        self.preload_next(memory);
    }

    fn take(&mut self, source: Source, intent: Intent, reply: ReplyTo) {
        if !matches!(source, Source::Session | Source::Engine) {
            self.slots.postpone(self.now);
        }
        if self.reset_at.is_some() && intent.touches_board() {
            // somebody builds a new board: the old one has to go now
            self.begin_load(boards::Target::Empty, Source::Session, ReplyTo(0));
        }
        if self.waits(&intent) {
            let behind = self.next_load.is_some();
            self.deferred.push(Deferred { source, intent, reply, behind });
            return;
        }
        // who does not wait for the answer learns a refusal by an event
        let unheard = (reply.0 == 0).then(|| touched(&intent));
        if let Some(answer) = self.act(source, intent, reply) {
            if let (Some(ports), Err(error)) = (unheard, &answer) {
                self.refused(source, ports, error);
            }
            self.answer(reply, answer);
        }
    }

    /// Whether what the intent means is not there yet.
    fn waits(&self, intent: &Intent) -> bool {
        self.board_is_moving() && intent.touches_board()
            // a snapshot that is chosen after a board is one of that board
            || self.is_reading() && matches!(intent, Intent::LoadSnapshot(_))
    }

    /// Tells whoever asked without waiting for an answer.
    fn refused(&mut self, source: Source, ports: Vec<ControlPort>, error: &SessionError) {
        match source {
            Source::Web(_) => {
                let reason = Some(error.to_string());
                self.emit(source, EventKind::Signal(Signal::Corrected { ports, reason }));
            }
            // of a press, not of each of a pedal's thousand positions
            Source::Hardware | Source::Midi | Source::Osc if error.is_of_a_press() => {
                let text = error.to_string();
                if self.state.notice.as_ref().is_none_or(|notice| notice.text != text) {
                    self.notice(source, NoticeLevel::Warning, text);
                }
            }
            _ => tracing::debug!(?source, %error, "refused"),
        }
    }

    /// Does it. `None` when the answer comes later.
    fn act(&mut self, source: Source, intent: Intent, reply: ReplyTo) -> Option<Answer> {
        let done = match intent {
            Intent::AddPlugin { instance, uri, position } => {
                return self.add_plugin(source, instance, &uri, position, reply);
            }
            Intent::RemovePlugin { instance } => self.remove_plugin(source, &instance),
            Intent::MovePlugin { instance, position } => self.move_plugin(source, instance, position),
            Intent::Connect { source: from, target } => return self.connect(source, from, target, reply),
            Intent::Disconnect { source: from, target } => self.disconnect(source, from, target),
            Intent::Arrange { label, edits } => self.arrange(source, &label, edits),
            Intent::Set { port, value } => self.set_many(source, vec![(port, value)]),
            Intent::SetMany { values } => self.set_many(source, values),
            Intent::Toggle { port } => self.toggle(source, port),
            Intent::SetParameter { instance, uri, kind, value } => {
                self.set_parameter(source, instance, uri, kind, value)
            }
            Intent::AskParameter { instance, uri } => self.ask_parameter(&instance, uri),
            Intent::LoadPreset { instance, uri } => return self.load_preset(source, instance, uri, reply),
            Intent::SavePreset { instance, name, bundle, file } => {
                return self.save_preset(source, instance, name, bundle, file, reply);
            }
            Intent::ForgetPreset { uri } => self.forget_preset(source, &uri),
            Intent::Learn { ports } => self.learn(ports),
            Intent::EndLearning => self.end_learning(),
            Intent::Bind { port, binding } => self.bind(source, port, binding),
            Intent::Shape { port, shape } => self.shape(source, port, shape),
            Intent::Address { actuator, addressing } => self.address(source, actuator, addressing),
            Intent::Unaddress { port } => self.unaddress(source, port),
            Intent::Controller { channel, controller, value } => {
                self.controller(source, channel, controller, value)
            }
            Intent::LoadSnapshot(step) => self.load_snapshot(source, step),
            Intent::SaveSnapshot => self.save_snapshot(source),
            Intent::SaveSnapshotAs { name } => self.save_snapshot_as(source, &name),
            Intent::RenameSnapshot { at, name } => self.rename_snapshot(source, at, &name),
            Intent::RemoveSnapshot { at } => self.remove_snapshot(source, at),
            Intent::Morph(morph) => self.set_morph(source, morph),
            Intent::MorphTo { position } => self.morph_to(source, position),
            Intent::LoadBoard { bundle } => {
                self.begin_load(boards::Target::Bundle(bundle), source, reply);
                return None;
            }
            Intent::StepBoard(step) => return self.step_board(source, step, reply),
            Intent::NewBoard => {
                self.begin_load(boards::Target::Empty, source, reply);
                return None;
            }
            Intent::Reset if self.load_in_engine() => {
                // behind the board on its way; the next one that is asked for takes its place
                self.begin_load(boards::Target::Empty, source, ReplyTo(0));
                Ok(Done::Done)
            }
            Intent::Reset => self.reset(source),
            Intent::SaveBoard { title, as_new } => return self.save_board(title, as_new, reply),
            Intent::RemoveBoard { bundle } => {
                return self.disk_for(reply, "delete the board", DiskJob::Remove { bundle });
            }
            Intent::KeepVersion { name } => {
                let board = self.state.board.clone();
                return self.disk_for(reply, "keep the version", DiskJob::KeepVersion { board, name });
            }
            Intent::RestoreVersion { id } => {
                self.begin_load(boards::Target::Version(id), source, reply);
                return None;
            }
            Intent::DeleteVersion { id } => {
                let bundle = self.state.board.bundle.clone();
                return self.disk_for(reply, "delete the version", DiskJob::DeleteVersion { bundle, id });
            }
            Intent::ListVersions => {
                let bundle = self.state.board.bundle.clone();
                return self.disk_for(reply, "list the versions", DiskJob::ListVersions { bundle });
            }
            Intent::Rescan => {
                // what stands ready may be older than what is on the disk now
                self.empty_slots(self.state.engine.is_running());
                return self.disk_for(reply, "read the boards", DiskJob::Scan);
            }
            Intent::SelectBank(bank) => self.select_bank(bank),
            Intent::SetBanks(banks) => return self.set_banks(banks, reply),
            Intent::MeasureLoudness { bundles } => return self.measure_loudness(bundles, reply),
            Intent::SetTempo(bpm) => self.set_tempo(source, |tempo| tempo.bpm = bpm),
            Intent::SetBeatsPerBar(beats) => self.set_tempo(source, |tempo| tempo.beats_per_bar = beats),
            Intent::SetRolling(rolling) => self.set_tempo(source, |tempo| tempo.rolling = rolling),
            Intent::SetSync(mode) => self.set_sync(source, mode),
            Intent::Undo => self.undo(source),
            Intent::Redo => self.redo(source),
            Intent::Tuner(on) => self.set_tuner(source, |tuner| tuner.on = on),
            Intent::TunerMute(mute) => self.set_tuner(source, |tuner| tuner.mute = mute),
            Intent::TunerInput(input) => self.set_tuner(source, |tuner| tuner.input = input.clamp(1, 2)),
            Intent::TunerReference(hz) => self.set_tuner(source, |tuner| {
                tuner.reference = if hz.is_finite() { hz.clamp(400.0, 480.0) } else { 440.0 };
            }),
            Intent::Record(on) => return self.disk_for(reply, "record", DiskJob::Record { on }),
            Intent::Reenable { instance } => self.reenable(&instance),
            Intent::Monitor { port, on } => self.monitor(&port, on),
            Intent::Resize { size } => self.resize(source, size),
            Intent::SetMidiMode { separated, loopback } => {
                self.edit(source, "MIDI mode", vec![Change::MidiModeSet { separated, loopback }])
            }
            Intent::PluginBundle { path, present } => self.plugin_bundle(&path, present),
            Intent::ResetXruns => {
                let health = Health { xruns_zero: self.state.health.xruns, ..(*self.state.health).clone() };
                self.emit(source, EventKind::Health(Arc::new(health)));
                Ok(Done::Done)
            }
            Intent::Ping => Ok(Done::Done),
            Intent::Flush if self.state.unsaved => {
                let board = self.state.board.clone();
                return self.disk_for(reply, "write the automatic version", DiskJob::Autosave { board });
            }
            Intent::Flush => Ok(Done::Done),
            Intent::Notify { level, text } => {
                self.notice(source, level, text);
                Ok(Done::Done)
            }
            Intent::DismissNotice => {
                if self.state.notice.is_some() {
                    self.emit(source, EventKind::Notice(None));
                }
                Ok(Done::Done)
            }
            Intent::Signal(signal) => {
                self.emit(source, EventKind::Signal(signal));
                Ok(Done::Done)
            }
            Intent::System(health) => {
                self.system(&health);
                Ok(Done::Done)
            }
        };
        Some(done)
    }

    fn emit(&mut self, source: Source, kind: EventKind) {
        if let Err(error) = self.state.apply_kind(&kind) {
            // every change was tried on a copy before
            tracing::error!(%error, "an event does not fit the state");
            debug_assert!(false, "{error}");
            return;
        }
        self.state.revision += 1;
        self.effects.push(Effect::Emit(Event { revision: self.state.revision, source, kind }));
    }

    fn answer(&mut self, reply: ReplyTo, answer: Answer) {
        if reply.0 != 0 {
            self.effects.push(Effect::Answer(reply, answer));
        }
    }

    fn notice(&mut self, source: Source, level: NoticeLevel, text: String) {
        match level {
            NoticeLevel::Info => tracing::info!("{text}"),
            NoticeLevel::Warning => tracing::warn!("{text}"),
            NoticeLevel::Error => tracing::error!("{text}"),
        }
        self.emit(source, EventKind::Notice(Some(Notice { level, text })));
    }

    fn ticket(&mut self, waiting: Waiting) -> Ticket {
        self.last_ticket += 1;
        self.waiting.insert(self.last_ticket, waiting);
        self.last_ticket
    }

    fn set_loading(&mut self, source: Source, loading: Option<Loading>) {
        if self.state.loading != loading {
            self.emit(source, EventKind::Loading(loading));
        }
    }

    /// Tells whether there is something to save and to undo, if that has changed.
    fn tell_history(&mut self, source: Source) {
        let unsaved = self.undo.unsaved();
        if unsaved != self.state.unsaved {
            self.emit(source, EventKind::Unsaved(unsaved));
        }
        let history = self.undo.history();
        if history != self.state.history {
            self.emit(source, EventKind::History(history));
        }
    }

    /// Applies changes to the board, tells the engine and everybody; remembered for undo when `source` edits.
    fn edit(&mut self, source: Source, label: &str, changes: Vec<Change>) -> Answer {
        self.change(source, label, changes, Kind::Edit, true).map(|_| Done::Done)
    }

    /// As [`Self::edit`]; `send` says whether the engine is told. Answers the step's number for undo.
    fn change(
        &mut self,
        source: Source,
        label: &str,
        changes: Vec<Change>,
        kind: Kind,
        send: bool,
    ) -> Result<Option<u64>, SessionError> {
        let (changes, back) = self.tried(if send { self.with_tempo(changes) } else { changes })?;
        if changes.is_empty() {
            return Ok(None);
        }
        let turned = match &changes[..] {
            [Change::ValueSet { port, .. }] => Some(port.clone()),
            _ => None,
        };
        if send {
            self.send_changes(&changes);
        }
        self.emit(source, EventKind::Changed(changes.into()));
        let record = match kind {
            Kind::Structure => true,
            Kind::Edit | Kind::Recall => source.edits(),
            Kind::Play => false,
        };
        let id = record.then(|| {
            let edit = kind != Kind::Recall;
            self.undo.push(Entry { id: 0, label: label.to_owned(), back, edit, turned, at: self.now })
        });
        self.edited(source);
        Ok(id)
    }

    /// The changes, with the values that follow from the tempo when they concern it.
    fn with_tempo(&self, mut changes: Vec<Change>) -> Vec<Change> {
        let concerns = |change: &Change| match change {
            Change::TempoSet { .. } => true,
            Change::ValueSet { port, .. } => port.instance.is_board(),
            Change::AddressingsSet { actuator, .. } => actuator == TEMPO,
            _ => false,
        };
        if changes.iter().any(concerns) {
            let mut board = (*self.state.board).clone();
            if changes.iter().all(|change| change.apply(&mut board).is_ok()) {
                changes.extend(board.tempo_values());
            }
        }
        changes
    }

    /// The changes that make a difference, and those that take them back, in the order to apply them.
    fn tried(&self, changes: Vec<Change>) -> Result<(Vec<Change>, Vec<Change>), SessionError> {
        let mut board = (*self.state.board).clone();
        let mut kept = Vec::with_capacity(changes.len());
        let mut back = Vec::with_capacity(changes.len());
        for change in changes {
            let inverse = change.apply(&mut board)?;
            if inverse != change {
                kept.push(change);
                back.push(inverse);
            }
        }
        back.reverse();
        Ok((kept, back))
    }

    fn edited(&mut self, source: Source) {
        self.tell_history(source);
        if self.state.unsaved && self.autosave_at.is_none() {
            self.autosave_at = Some(self.now + boards::AUTOSAVE);
        }
    }

    fn undo(&mut self, source: Source) -> Answer {
        let entry = self.undo.pop_back().ok_or(SessionError::NothingToUndo)?;
        let forth = self.take_back(source, entry)?;
        self.undo.undone(forth);
        self.edited(source);
        Ok(Done::Done)
    }

    fn redo(&mut self, source: Source) -> Answer {
        let entry = self.undo.pop_forth().ok_or(SessionError::NothingToRedo)?;
        let back = self.take_back(source, entry)?;
        self.undo.redone(back);
        self.edited(source);
        Ok(Done::Done)
    }

    /// Applies an entry. Answers the entry that takes that back. What no longer fits is forgotten.
    fn take_back(&mut self, source: Source, entry: Entry) -> Result<Entry, SessionError> {
        let tried = self.tried(entry.back.clone());
        let (changes, back) = tried.inspect_err(|_| self.tell_history(source))?;
        if !changes.is_empty() {
            self.send_changes(&changes);
            self.emit(source, EventKind::Changed(changes.into()));
        }
        Ok(Entry { back, turned: None, ..entry })
    }

    fn set_tuner(&mut self, source: Source, set: impl FnOnce(&mut super::state::Tuner)) -> Answer {
        let mut tuner = self.state.tuner.clone();
        set(&mut tuner);
        if tuner != self.state.tuner {
            let silent = tuner.silences();
            if silent != self.state.tuner.silences() {
                self.send("silence the output", mod_protocol::Command::XMute { enable: silent });
            }
            self.emit(source, EventKind::Tuner(tuner));
        }
        Ok(Done::Done)
    }
}

/// Controls whose value an intent sets: what its sender believes of them.
fn touched(intent: &Intent) -> Vec<ControlPort> {
    match intent {
        Intent::Set { port, .. } | Intent::Toggle { port } => vec![port.clone()],
        Intent::SetMany { values } => values.iter().map(|(port, _)| port.clone()).collect(),
        _ => Vec::new(),
    }
}
