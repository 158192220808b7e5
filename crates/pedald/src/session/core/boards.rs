//! Whole boards: loading, preloading, saving, banks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::{Command, Reply};

use super::edit::EngineDown;
use super::{BoardRead, Core, Deferred, Effect, ReplyTo, Ticket, Waiting};
use crate::engine::{EngineBoard, Place};
use crate::session::board::Board;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Intent, Source, Step};
use crate::session::state::{Bank, EngineState, Library, Loading, Loudness, NoticeLevel, Preloaded};
use crate::store::{DiskAnswer, DiskJob};

/// How long after an edit the board is written for the case of a power cut.
pub(super) const AUTOSAVE: Duration = Duration::from_secs(2);

/// What banks that are not on the disk yet are waited for as.
const WRITE_BANKS: &str = "write the banks";

/// How long a reset waits for the board that usually follows.
const RESET_WAIT: Duration = Duration::from_millis(400);

/// How long after a change of boards the neighbours are preloaded: the player may be scrolling.
const PRELOAD_WAIT: Duration = Duration::from_millis(500);

/// How long nobody must have touched anything before a board is preloaded: the engine makes one thing at a time, and a
/// switch that is pressed meanwhile would be late.
const QUIET: Duration = Duration::from_millis(1500);

/// Most memory that boards take together that stand ready, in bytes.
pub const PRELOAD_MEMORY: u64 = 256 << 20;

/// Most load of the running board and one that stands ready together, in percent of the period.
pub const PRELOAD_LOAD: f32 = 85.0;

/// What is to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A board on the disk.
    Bundle(PathBuf),
    /// A kept version of the present board.
    Version(String),
    /// The empty board.
    Empty,
    /// The present board, into an engine that has just come up.
    Again,
}

/// A board on its way.
#[derive(Debug)]
pub(super) struct Load {
    target: Target,
    title: String,
    source: Source,
    reply: ReplyTo,
    /// What was read; `None` while it is being read.
    read: Option<BoardRead>,
    /// The slot it comes from, if it was preloaded.
    slot: Option<u32>,
}

/// Boards that stand ready in the engine.
#[derive(Debug)]
pub(super) struct Slots {
    ready: BTreeMap<u32, Slot>,
    /// Boards that cannot be preloaded, until the library changes.
    hopeless: BTreeSet<PathBuf>,
    at: Option<Duration>,
    busy: bool,
    /// The number that was given last.
    last: u32,
    /// Most memory that they may take together, in bytes.
    pub(super) memory: u64,
    /// Most load of the running board and a preloaded one together, in percent.
    pub(super) load: f32,
    /// How many on each side.
    pub(super) neighbours: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            ready: BTreeMap::new(),
            hopeless: BTreeSet::new(),
            at: None,
            busy: false,
            last: 0,
            memory: PRELOAD_MEMORY,
            load: PRELOAD_LOAD,
            neighbours: 1,
        }
    }
}

#[derive(Debug)]
struct Slot {
    bundle: PathBuf,
    board: Arc<Board>,
    /// What of it could not be taken over: to be told when it comes.
    problems: Vec<String>,
    memory: Option<u64>,
    load: Option<f32>,
}

impl Load {
    /// Whether it is on its way into the engine.
    pub(super) fn read_already(&self) -> bool {
        self.read.is_some()
    }
}

impl Slots {
    pub(super) fn wake(&self) -> Option<Duration> {
        self.at.filter(|_| !self.busy)
    }

    /// Somebody plays: what is to be preloaded waits.
    pub(super) fn postpone(&mut self, now: Duration) {
        if let Some(at) = &mut self.at {
            *at = (*at).max(now + QUIET);
        }
    }

    fn holding(&self, bundle: &PathBuf) -> Option<u32> {
        self.ready.iter().find(|(_, slot)| slot.bundle == *bundle).map(|(number, _)| *number)
    }

    /// A number that was never used: the engine may still be asked to free one that was.
    fn free_number(&mut self) -> u32 {
        self.last = self.last.checked_add(1).unwrap_or(1);
        self.last
    }
}

impl Core {
    pub(super) fn start(&mut self) {
        let ticket = self.ticket(Waiting::Disk { what: "read the boards", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Start));
    }

    /// Whether a board is on its way into the engine: what is meant for the board waits until it is there.
    pub(super) fn load_in_engine(&self) -> bool {
        let on_its_way = |waiting: &Waiting| matches!(waiting, Waiting::Load(load) if load.read.is_some());
        self.waiting.values().any(on_its_way)
    }

    /// Whether what the board will be is not known yet: another one is on its way, or a preset.
    pub(super) fn board_is_moving(&self) -> bool {
        // after a reset the board that is shown is not the one that the engine plays
        self.load_in_engine()
            || self.reset_from.is_some() && self.state.loading.is_some()
            || self.waiting.values().any(|waiting| matches!(waiting, Waiting::Preset { .. }))
    }

    /// Whether a board is being read from the disk; the old one sounds, and what is meant for it is done.
    pub(super) fn is_reading(&self) -> bool {
        let reading = |waiting: &Waiting| matches!(waiting, Waiting::Load(load) if load.read.is_none());
        self.waiting.values().any(reading)
    }

    pub(super) fn begin_load(&mut self, target: Target, source: Source, reply: ReplyTo) {
        self.reset_at = None;
        let title = self.title_of(&target);
        if self.load_in_engine() {
            if let Some((target, _, reply)) = self.next_load.replace((target, source, reply)) {
                let title = self.title_of(&target);
                self.answer(reply, Err(SessionError::Superseded(title.clone())));
                self.drop_deferred(&title, |deferred| deferred.behind);
            }
            return;
        }
        let reading = self
            .waiting
            .iter()
            .find(|(_, waiting)| matches!(waiting, Waiting::Load(_)))
            .map(|(ticket, _)| *ticket);
        if let Some(Waiting::Load(old)) = reading.and_then(|ticket| self.waiting.remove(&ticket)) {
            self.answer(old.reply, Err(SessionError::Superseded(old.title.clone())));
            let of_it = |deferred: &Deferred| matches!(deferred.intent, Intent::LoadSnapshot(_));
            self.drop_deferred(&old.title, of_it);
        }
        let load =
            Load { target: target.clone(), title: title.clone(), source, reply, read: None, slot: None };
        let bundle = match &target {
            Target::Bundle(bundle) => Some(bundle.clone()),
            Target::Version(_) => self.state.board.bundle.clone(),
            _ => None,
        };
        self.set_loading(source, Some(Loading { bundle: bundle.clone(), title }));
        match target {
            Target::Bundle(bundle) => {
                if let Some(number) = self.slots.holding(&bundle).filter(|_| self.state.engine.is_running()) {
                    let ready = &self.slots.ready[&number];
                    let read = BoardRead { board: ready.board.clone(), problems: ready.problems.clone() };
                    let load = Load { read: Some(read), slot: Some(number), ..load };
                    let ticket = self.ticket(Waiting::Load(load));
                    self.effects
                        .push(Effect::Command(ticket, Command::XSwap { slot: number, fade_ms: None }));
                    return;
                }
                let ticket = self.ticket(Waiting::Load(load));
                self.effects.push(Effect::Disk(ticket, DiskJob::Read { bundle }));
            }
            Target::Version(id) => {
                let ticket = self.ticket(Waiting::Load(load));
                self.effects.push(Effect::Disk(ticket, DiskJob::ReadVersion { bundle, id }));
            }
            Target::Empty => {
                let read = BoardRead { board: Arc::new(Board::empty()), problems: Vec::new() };
                self.hand_over(load, read);
            }
            Target::Again => {
                let read = BoardRead { board: self.state.board.clone(), problems: Vec::new() };
                self.hand_over(load, read);
            }
        }
    }

    /// What was meant for a board that will not come is not done to another.
    fn drop_deferred(&mut self, title: &str, of_it: impl Fn(&Deferred) -> bool) {
        let (gone, kept) = std::mem::take(&mut self.deferred).into_iter().partition(of_it);
        self.deferred = kept;
        let gone: Vec<Deferred> = gone;
        for deferred in gone {
            self.answer(deferred.reply, Err(SessionError::Superseded(title.to_owned())));
        }
    }

    fn title_of(&self, target: &Target) -> String {
        match target {
            Target::Bundle(bundle) => self.state.library.entry(bundle).map_or_else(
                || bundle.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                |entry| entry.title.clone(),
            ),
            Target::Version(_) | Target::Again => self.state.board.shown_title().to_owned(),
            Target::Empty => "Untitled".to_owned(),
        }
    }

    /// The board was read: the engine gets it.
    fn hand_over(&mut self, load: Load, read: BoardRead) {
        if matches!(self.engine_down(), EngineDown::Yes(_)) && load.target != Target::Again {
            self.adopt(load, read);
            return;
        }
        let board = EngineBoard::from(&*read.board);
        let ticket = self.ticket(Waiting::Load(Load { read: Some(read), ..load }));
        self.effects.push(Effect::Load(ticket, Box::new(board), Place::Running));
    }

    /// The engine has answered to a board.
    pub(super) fn load_answered(&mut self, mut load: Load, reply: &Reply) {
        let Some(mut read) = load.read.take() else { return };
        match report(reply) {
            Ok(problems) => {
                read.problems.extend(problems);
                self.adopt(load, read);
            }
            Err(reason) => {
                if let Some(slot) = load.slot.and_then(|number| self.slots.ready.remove(&number)) {
                    // the slot is not there any more: the long way
                    tracing::warn!(reason, "a preloaded board could not be swapped in");
                    self.begin_load(Target::Bundle(slot.bundle), load.source, load.reply);
                    return;
                }
                self.load_failed(load, reason);
            }
        }
    }

    /// The old board goes on.
    fn load_failed(&mut self, load: Load, reason: String) {
        if load.target == Target::Again {
            self.running();
        }
        if let Some((old, unsaved)) = self.reset_from.take() {
            // cleared for a board that did not come: the engine still plays the old one
            if unsaved {
                self.undo.never_saved();
            }
            self.loaded = old.clone();
            self.generation += 1;
            self.emit(load.source, EventKind::BoardLoaded(old));
            self.tell_history(load.source);
        }
        let error = SessionError::Load { board: load.title, reason };
        self.set_loading(load.source, None);
        self.slots.at = Some(self.now + PRELOAD_WAIT);
        self.notice(load.source, NoticeLevel::Error, error.to_string());
        self.answer(load.reply, Err(error));
        // an engine that came up meanwhile was waiting for it
        if self.state.engine == EngineState::Connecting && self.started && !self.load_in_engine() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
        self.go_on();
    }

    /// The board sounds.
    fn adopt(&mut self, load: Load, read: BoardRead) {
        let BoardRead { board, problems } = read;
        let again = load.target == Target::Again;
        self.running();
        // a reset that came while the old board was handed over again still has the engine before it
        if !again || Arc::ptr_eq(&board, &self.state.board) {
            self.reset_from = None;
        }
        if !again {
            // an edit of the last two seconds would be lost with the board
            self.keep_unsaved();
            self.swap_slot(load.slot);
            self.learning.clear();
            self.undo.clear();
            if matches!(load.target, Target::Version(_)) {
                self.undo.never_saved();
            }
            self.loaded = board.clone();
            self.problems.clone_from(&problems);
            self.generation += 1;
            self.autosave_at = None;
            if self.state.morph.is_some() {
                self.emit(load.source, EventKind::Morph(None));
            }
            self.emit(load.source, EventKind::BoardLoaded(board.clone()));
            self.emit(load.source, EventKind::Learning(Vec::new()));
            self.tell_history(load.source);
        }
        self.set_loading(load.source, None);
        if problems.is_empty() {
            if self.state.notice.is_some() && !again {
                self.emit(load.source, EventKind::Notice(None));
            }
        } else {
            let text = format!("{}: {}", load.title, problems.join("; "));
            self.notice(load.source, NoticeLevel::Warning, text);
        }
        self.follow_outputs();
        if !again {
            self.remember();
        }
        self.answer(load.reply, Ok(Done::Board { title: board.shown_title().to_owned(), problems }));
        self.slots.at = Some(self.now + PRELOAD_WAIT);
        if !matches!(load.source, Source::Session | Source::Engine) {
            self.slots.postpone(self.now);
        }
        self.go_on();
    }

    /// The engine went while a board was on its way: the board is ours, and the engine gets it when it is back.
    pub(super) fn load_without_engine(&mut self, mut load: Load) {
        load.slot = None;
        if let Some(read) = load.read.take() {
            self.adopt(load, read);
        }
    }

    /// What has waited for the board.
    pub(super) fn go_on(&mut self) {
        if self.load_in_engine() {
            return;
        }
        // what came before the next board was asked for means this one, the rest that one
        let next = self.next_load.take();
        let all = std::mem::take(&mut self.deferred);
        let (behind, now) = all.into_iter().partition(|deferred| next.is_some() && deferred.behind);
        let now: Vec<Deferred> = now;
        for Deferred { source, intent, reply, .. } in now {
            self.take(source, intent, reply);
        }
        let behind: Vec<Deferred> = behind;
        self.deferred.extend(behind.into_iter().map(|deferred| Deferred { behind: false, ..deferred }));
        if let Some((target, source, reply)) = next {
            self.begin_load(target, source, reply);
        }
    }

    /// The engine has put the old board into the slot of the new one.
    fn swap_slot(&mut self, slot: Option<u32>) {
        let Some(number) = slot else { return };
        let old = self.state.board.clone();
        let untouched = Arc::ptr_eq(&old, &self.loaded);
        let new = self.slots.ready.remove(&number);
        match &old.bundle {
            Some(bundle) if untouched => {
                let load = Some(self.state.health.load_percent).filter(|load| *load > 0.0);
                let memory = new.and_then(|slot| slot.memory);
                let problems = std::mem::take(&mut self.problems);
                let slot = Slot { bundle: bundle.clone(), board: old.clone(), problems, memory, load };
                self.slots.ready.insert(number, slot);
            }
            // what was turned while it played is not what is on the disk
            _ => self.unload(number),
        }
        self.tell_preloaded();
    }

    fn unload(&mut self, number: u32) {
        self.slots.ready.remove(&number);
        let ticket = self.ticket(Waiting::Unload);
        self.effects.push(Effect::Command(ticket, Command::XUnload { slot: number }));
    }

    /// All slots are to be filled anew.
    pub(super) fn empty_slots(&mut self, in_engine: bool) {
        let numbers: Vec<u32> = self.slots.ready.keys().copied().collect();
        for number in numbers {
            if in_engine {
                self.unload(number);
            }
        }
        self.slots.ready.clear();
        self.slots.hopeless.clear();
        self.slots.at = Some(self.now + PRELOAD_WAIT);
        self.tell_preloaded();
    }

    /// The engine is gone, and the slots with it.
    pub(super) fn forget_slots(&mut self) {
        self.slots.busy = false;
        self.empty_slots(false);
    }

    fn tell_preloaded(&mut self) {
        let ready = self.slots.ready.iter().map(|(number, slot)| Preloaded {
            bundle: slot.bundle.clone(),
            title: slot.board.shown_title().to_owned(),
            slot: *number,
            memory: slot.memory,
            load_percent: slot.load,
        });
        let ready: Vec<Preloaded> = ready.collect();
        if ready != self.state.preloaded {
            self.emit(Source::Session, EventKind::Preloaded(ready));
        }
    }

    /// Where a board is in the bank; of several places the one that was stepped to.
    fn place_of(&self, sequence: &[&PathBuf], bundle: &PathBuf) -> Option<usize> {
        let stepped = self.place.filter(|at| sequence.get(*at).is_some_and(|other| *other == bundle));
        stepped.or_else(|| sequence.iter().position(|other| *other == bundle))
    }

    /// The boards beside the present one, nearest first.
    fn neighbours(&self) -> Vec<PathBuf> {
        let sequence = self.state.library.sequence();
        let Some(bundle) = &self.state.board.bundle else { return Vec::new() };
        let Some(at) = self.place_of(&sequence, bundle) else { return Vec::new() };
        let count = sequence.len();
        let mut found: Vec<PathBuf> = Vec::new();
        for distance in 1..=self.slots.neighbours.min(count) {
            for other in [(at + distance) % count, (at + count - distance % count) % count] {
                if sequence[other] != bundle && !found.contains(sequence[other]) {
                    found.push(sequence[other].clone());
                }
            }
        }
        found
    }

    /// Preloads the next board that should be there; one at a time.
    pub(super) fn preload_next(&mut self, memory: Option<u64>) {
        if self.slots.wake().is_none_or(|at| at > self.now) {
            return;
        }
        // whatever hinders it now ends with a board that is adopted, and that sets the time anew
        self.slots.at = None;
        if !self.state.engine.is_running() || self.load_in_engine() || self.state.loading.is_some() {
            return;
        }
        let wanted = self.neighbours();
        let unwanted: Vec<u32> = self
            .slots
            .ready
            .iter()
            .filter(|(_, slot)| !wanted.contains(&slot.bundle))
            .map(|(number, _)| *number)
            .collect();
        for number in unwanted {
            self.unload(number);
        }
        self.tell_preloaded();
        let taken: u64 = self.slots.ready.values().filter_map(|slot| slot.memory).sum();
        if taken >= self.slots.memory {
            return;
        }
        let missing = wanted
            .into_iter()
            .find(|bundle| self.slots.holding(bundle).is_none() && !self.slots.hopeless.contains(bundle));
        if let Some(bundle) = missing {
            self.slots.busy = true;
            let slot = self.slots.free_number();
            let job = DiskJob::Read { bundle: bundle.clone() };
            let ticket = self.ticket(Waiting::Preload { bundle, slot, read: None, memory });
            self.effects.push(Effect::Disk(ticket, job));
        }
    }

    /// A neighbour was read.
    fn preload_read(
        &mut self,
        bundle: PathBuf,
        slot: u32,
        read: Result<BoardRead, String>,
        memory: Option<u64>,
    ) {
        let load = read.as_ref().ok().and_then(|read| self.expected_load(&read.board));
        let fits = load.is_none_or(|load| load + self.state.health.load_percent <= self.slots.load);
        match read {
            Ok(read) if fits && self.state.engine.is_running() => {
                let board = EngineBoard::from(&*read.board);
                let ticket = self.ticket(Waiting::Preload { bundle, slot, read: Some(read), memory });
                self.effects.push(Effect::Load(ticket, Box::new(board), Place::Slot(slot)));
            }
            other => {
                let why =
                    other.err().unwrap_or_else(|| "it and the present board are too much together".into());
                tracing::info!(board = %bundle.display(), why, "not preloaded");
                self.slots.hopeless.insert(bundle);
                self.preloaded_one();
            }
        }
    }

    /// The engine has built a neighbour, or not.
    pub(super) fn preload_answered(
        &mut self,
        bundle: PathBuf,
        number: u32,
        read: Option<BoardRead>,
        before: Option<u64>,
        now: Option<u64>,
        reply: &Reply,
    ) {
        match (report(reply), read) {
            (Ok(told), Some(BoardRead { board, mut problems })) => {
                problems.extend(told);
                let load = self.expected_load(&board);
                let memory = before.zip(now).map(|(before, now)| now.saturating_sub(before));
                let slot = Slot { bundle: bundle.clone(), board, problems, memory, load };
                self.slots.ready.insert(number, slot);
                let taken: u64 = self.slots.ready.values().filter_map(|slot| slot.memory).sum();
                if taken > self.slots.memory {
                    tracing::info!(board = %bundle.display(), taken, "too large to stand ready");
                    self.slots.hopeless.insert(bundle);
                    self.unload(number);
                }
                self.tell_preloaded();
            }
            (result, _) => {
                let why = result.err().unwrap_or_default();
                tracing::info!(board = %bundle.display(), why, "not preloaded");
                self.slots.hopeless.insert(bundle);
            }
        }
        self.preloaded_one();
    }

    fn preloaded_one(&mut self) {
        self.slots.busy = false;
        self.slots.at = Some(self.now + Duration::from_millis(100));
    }

    /// Load of a board in percent of the period, as far as its plugins were seen running.
    fn expected_load(&self, board: &Board) -> Option<f32> {
        let known = board.plugins.iter().filter_map(|plugin| self.costs.get(&plugin.spec.uri));
        let (sum, count) = known.fold((0.0, 0), |(sum, count), cost| (sum + cost, count + 1));
        (count > 0).then_some(sum)
    }

    pub(super) fn reset(&mut self, source: Source) -> Answer {
        self.keep_unsaved();
        let empty = Arc::new(Board { size: self.state.board.size, ..Board::empty() });
        if self.reset_from.is_none() {
            self.reset_from = Some((self.state.board.clone(), self.state.unsaved));
        }
        self.undo.clear();
        self.learning.clear();
        self.loaded = empty.clone();
        self.generation += 1;
        self.autosave_at = None;
        if self.state.morph.is_some() {
            self.emit(source, EventKind::Morph(None));
        }
        self.emit(source, EventKind::BoardLoaded(empty));
        self.tell_history(source);
        self.reset_at = Some(self.now + RESET_WAIT);
        Ok(Done::Done)
    }

    pub(super) fn step_board(&mut self, source: Source, step: Step, reply: ReplyTo) -> Option<Answer> {
        let sequence = self.state.library.sequence();
        // when one is on its way, the step goes on from there
        let asked = self.next_load.as_ref().and_then(|(target, ..)| match target {
            Target::Bundle(bundle) => Some(bundle.clone()),
            _ => None,
        });
        let coming = self.state.loading.as_ref().and_then(|loading| loading.bundle.clone());
        let here = asked.or(coming).or_else(|| self.state.board.bundle.clone());
        let now = here.and_then(|here| self.place_of(&sequence, &here));
        let Some(at) = Self::stepped(step, now, sequence.len()) else {
            return Some(Err(SessionError::NoBoards));
        };
        let bundle = sequence[at].clone();
        self.place = Some(at);
        self.begin_load(Target::Bundle(bundle), source, reply);
        None
    }

    pub(super) fn save_board(
        &mut self,
        title: Option<String>,
        as_new: bool,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let board = self.state.board.clone();
        let title =
            title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| board.shown_title().to_owned());
        let (mark, generation) = (self.undo.mark(), self.generation);
        let ticket = self.ticket(Waiting::Save { title: title.clone(), mark, generation, reply });
        self.effects.push(Effect::Disk(ticket, DiskJob::Save { board, title, as_new }));
        None
    }

    fn saved(&mut self, bundle: PathBuf, title: String, mark: u64, generation: u64, reply: ReplyTo) {
        if generation == self.generation {
            self.emit(Source::Session, EventKind::Saved { bundle: bundle.clone(), title: title.clone() });
            self.undo.saved_at(mark);
            self.loaded = self.state.board.clone();
            self.autosave_at = None;
            self.tell_history(Source::Session);
            self.remember();
        }
        let stores = generation == self.generation && matches!(self.engine_down(), EngineDown::No);
        if let Some(number) = self.slots.holding(&bundle) {
            self.unload(number);
            self.slots.at = Some(self.now + PRELOAD_WAIT);
        }
        self.rescan();
        if !stores {
            return self.answer(reply, Ok(Done::Saved { bundle, title }));
        }
        // whoever packs or copies the board next has to find all of it
        let directory = bundle.display().to_string();
        let ticket = self.ticket(Waiting::StateSave { bundle, title, reply });
        self.effects.push(Effect::Command(ticket, Command::StateSave { directory }));
    }

    fn rescan(&mut self) {
        let ticket = self.ticket(Waiting::Disk { what: "read the boards", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Scan));
    }

    /// Snapshots are on the disk as soon as they are made, as in mod-ui.
    pub(super) fn write_snapshots(&mut self) {
        if self.state.board.bundle.is_some() {
            let board = self.state.board.clone();
            let ticket = self.ticket(Waiting::Disk { what: "write the snapshots", reply: ReplyTo(0) });
            self.effects.push(Effect::Disk(ticket, DiskJob::SaveSnapshots { board }));
        }
    }

    pub(super) fn autosave(&mut self) {
        self.autosave_at = None;
        if self.state.unsaved {
            let board = self.state.board.clone();
            let ticket =
                self.ticket(Waiting::Disk { what: "write the automatic version", reply: ReplyTo(0) });
            self.effects.push(Effect::Disk(ticket, DiskJob::Autosave { board }));
        }
    }

    /// Writes edits now that would be written in a moment: the board goes.
    fn keep_unsaved(&mut self) {
        if self.autosave_at.is_some() {
            self.autosave();
        }
    }

    fn remember(&mut self) {
        let (bundle, bank) = (self.state.board.bundle.clone(), self.state.library.bank);
        let ticket = self.ticket(Waiting::Disk { what: "remember the board", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Remember { bundle, bank }));
    }

    pub(super) fn select_bank(&mut self, bank: Option<usize>) -> Answer {
        if let Some(bank) = bank.filter(|bank| *bank >= self.state.library.banks.len()) {
            return Err(SessionError::NoBank(bank));
        }
        if bank != self.state.library.bank {
            self.place = None;
            self.new_library(Library { bank, ..(*self.state.library).clone() });
            self.remember();
        }
        Ok(Done::Done)
    }

    pub(super) fn set_banks(&mut self, banks: Vec<Bank>, reply: ReplyTo) -> Option<Answer> {
        let bank = self.state.library.bank.filter(|bank| *bank < banks.len());
        self.new_library(Library { bank, banks: banks.clone(), ..(*self.state.library).clone() });
        self.disk_for(reply, WRITE_BANKS, DiskJob::SaveBanks { banks })
    }

    fn new_library(&mut self, library: Library) {
        if library != *self.state.library {
            self.unload_changed(&library);
            self.emit(Source::Session, EventKind::Library(Arc::new(library)));
            self.slots.hopeless.clear();
            self.slots.at = Some(self.now + PRELOAD_WAIT);
        }
    }

    /// What stands ready and is another on the disk by now, or gone, is not what the player would get.
    fn unload_changed(&mut self, library: &Library) {
        let swapped = |number: u32| {
            let on_its_way =
                |waiting: &Waiting| matches!(waiting, Waiting::Load(load) if load.slot == Some(number));
            self.waiting.values().any(on_its_way)
        };
        let changed = self.slots.ready.iter().filter(|(number, slot)| {
            self.state.library.entry(&slot.bundle) != library.entry(&slot.bundle) && !swapped(**number)
        });
        let changed: Vec<u32> = changed.map(|(number, _)| *number).collect();
        for number in &changed {
            self.unload(*number);
        }
        if !changed.is_empty() {
            self.tell_preloaded();
        }
    }

    pub(super) fn measure_loudness(&mut self, bundles: Vec<PathBuf>, reply: ReplyTo) -> Option<Answer> {
        let bundles = if bundles.is_empty() {
            self.state.library.sequence().into_iter().cloned().collect()
        } else {
            bundles
        };
        let last = bundles.len();
        for (at, bundle) in bundles.into_iter().enumerate() {
            let reply = if at + 1 == last { reply } else { ReplyTo(0) };
            self.disk_for(reply, "measure the loudness", DiskJob::Loudness { bundle });
        }
        if last == 0 { Some(Err(SessionError::NoBoards)) } else { None }
    }

    fn measured(&mut self, bundle: PathBuf, short_term: f32) {
        let mut all = (*self.state.loudness).clone();
        all.insert(bundle, Loudness { short_term, difference: None });
        let mut levels: Vec<f32> = all.values().map(|loudness| loudness.short_term).collect();
        levels.sort_by(f32::total_cmp);
        let median = levels[levels.len() / 2];
        for (bundle, loudness) in all {
            let difference = (levels.len() > 1).then_some(loudness.short_term - median);
            let loudness = Loudness { difference, ..loudness };
            if self.state.loudness.get(&bundle) != Some(&loudness) {
                self.emit(Source::Session, EventKind::Loudness(bundle, loudness));
            }
        }
    }

    pub(super) fn disk_for(&mut self, reply: ReplyTo, what: &'static str, job: DiskJob) -> Option<Answer> {
        let ticket = self.ticket(Waiting::Disk { what, reply });
        self.effects.push(Effect::Disk(ticket, job));
        None
    }

    pub(super) fn disk_done(
        &mut self,
        ticket: Ticket,
        answer: Result<DiskAnswer, String>,
        memory: Option<u64>,
    ) {
        let Some(waiting) = self.waiting.remove(&ticket) else { return };
        match (waiting, answer) {
            (Waiting::Load(load), Ok(DiskAnswer::Board(read))) => self.hand_over(load, read),
            (Waiting::Load(load), Err(reason)) => self.load_failed(load, reason),
            (Waiting::Preload { bundle, slot, .. }, Ok(DiskAnswer::Board(read))) => {
                self.preload_read(bundle, slot, Ok(read), memory);
            }
            (Waiting::Preload { bundle, slot, .. }, Err(reason)) => {
                self.preload_read(bundle, slot, Err(reason), memory);
            }
            (Waiting::Save { mark, generation, reply, .. }, Ok(DiskAnswer::Saved { bundle, title })) => {
                self.saved(bundle, title, mark, generation, reply);
            }
            (Waiting::Save { title, reply, .. }, Err(reason)) => {
                let error = SessionError::Save { board: title, reason };
                self.notice(Source::Session, NoticeLevel::Error, error.to_string());
                self.answer(reply, Err(error));
            }
            (Waiting::Disk { reply, .. }, Ok(answer)) => self.disk_answered(reply, answer),
            (Waiting::Disk { what, reply }, Err(reason)) => {
                let error = SessionError::Disk { what: format!("cannot {what}"), reason };
                self.notice(Source::Session, NoticeLevel::Error, error.to_string());
                self.answer(reply, Err(error));
                // the boards could not be read at the start: the engine passes sound without them
                if !self.started {
                    self.now_started();
                }
            }
            (waiting, answer) => tracing::error!(?waiting, ?answer, "an answer that nobody waits for"),
        }
    }

    /// The disk was read. An engine that is up gets the board, if none is on its way to it.
    fn now_started(&mut self) {
        self.started = true;
        if matches!(self.engine_down(), EngineDown::No) && !self.load_in_engine() && !self.is_reading() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
    }

    fn disk_answered(&mut self, reply: ReplyTo, answer: DiskAnswer) {
        let done = match answer {
            DiskAnswer::Started { library, board, problem } => {
                self.emit(Source::Session, EventKind::Library(Arc::new(library)));
                if let Some(problem) = problem {
                    self.notice(Source::Session, NoticeLevel::Error, problem);
                }
                if let Some(read) = board {
                    let target = read.board.bundle.clone().map_or(Target::Empty, Target::Bundle);
                    let title = read.board.shown_title().to_owned();
                    let (source, reply) = (Source::Session, ReplyTo(0));
                    let load = Load { target, title, source, reply, read: None, slot: None };
                    self.hand_over(load, read);
                }
                self.now_started();
                Done::Done
            }
            DiskAnswer::Library(library) => {
                // what was read before newer banks are written does not know them
                let newer = |waiting: &Waiting| matches!(waiting, Waiting::Disk { what: WRITE_BANKS, .. });
                let banks = match self.waiting.values().any(newer) {
                    true => self.state.library.banks.clone(),
                    false => library.banks,
                };
                let bank = self.state.library.bank.filter(|bank| *bank < banks.len());
                self.new_library(Library { bank, banks, ..library });
                Done::Done
            }
            DiskAnswer::Versions(versions) => Done::Versions(versions),
            DiskAnswer::Loudness { bundle, short_term } => {
                self.measured(bundle, short_term);
                Done::Done
            }
            DiskAnswer::Recording { file, running } => {
                let mut recorder = self.state.recorder.clone();
                recorder.file = running.then(|| file.clone());
                if !running {
                    recorder.last = Some(file.clone());
                }
                self.emit(Source::Session, EventKind::Recorder(recorder));
                Done::Recording(file)
            }
            _ => Done::Done,
        };
        self.answer(reply, Ok(done));
    }
}

/// What the engine says about a board: sentences about what it could not take over, or why it failed.
fn report(reply: &Reply) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    struct Report {
        error: Option<String>,
        #[serde(default)]
        missing: Vec<String>,
        #[serde(default)]
        problems: Vec<String>,
    }
    let Reply::Text(text) = reply else { return Err(format!("the engine answers {reply:?}")) };
    let report: Report =
        serde_json::from_str(text).map_err(|error| format!("the engine's answer: {error}"))?;
    match report.error {
        Some(error) => Err(error),
        None => Ok(report.missing.into_iter().chain(report.problems).collect()),
    }
}
