//! Boards on their way: what is asked for, read and handed to the engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::Command;

use super::{BoardRead, Core, Deferred, Effect, ReplyTo, Waiting};
use crate::engine::{EngineBoard, Place};
use crate::session::board::Board;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Intent, Source, Step};
use crate::session::state::Loading;
use crate::store::DiskJob;

/// How long a reset waits for the board that usually follows.
const RESET_WAIT: Duration = Duration::from_millis(400);

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
    pub(super) target: Target,
    pub(super) title: String,
    pub(super) source: Source,
    pub(super) reply: ReplyTo,
    /// What was read; `None` while it is being read.
    pub(super) read: Option<BoardRead>,
    /// The slot it comes from, if it was preloaded.
    pub(super) slot: Option<u32>,
}

impl Load {
    /// Whether it is on its way into the engine.
    pub(super) fn read_already(&self) -> bool {
        self.read.is_some()
    }
}

impl Core {
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
    pub(super) fn hand_over(&mut self, load: Load, read: BoardRead) {
        if self.reachable().is_err() && load.target != Target::Again {
            self.adopt(load, read);
            return;
        }
        let board = EngineBoard::from(&*read.board);
        let ticket = self.ticket(Waiting::Load(Load { read: Some(read), ..load }));
        self.effects.push(Effect::Load(ticket, Box::new(board), Place::Running));
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
}
