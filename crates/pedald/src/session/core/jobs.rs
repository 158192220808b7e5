//! Jobs on the disk, and what comes of them.

use std::sync::Arc;

use super::library::WRITE_BANKS;
use super::loading::{Load, Target};
use super::{Core, Effect, ReplyTo, Ticket, Waiting};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::state::{Library, NoticeLevel, Recorder};
use crate::store::{DiskAnswer, DiskJob, DiskNews};

impl Core {
    pub(super) fn start(&mut self) {
        let ticket = self.ticket(Waiting::Disk { what: "read the boards", reply: ReplyTo(0) });
        self.effects.push(Effect::Disk(ticket, DiskJob::Start));
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
        if self.reachable().is_ok() && !self.load_in_engine() && !self.is_reading() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
    }

    /// Something has happened that nobody has asked for.
    pub(super) fn disk_tells(&mut self, news: DiskNews) {
        let DiskNews::RecordingEnded { file, reason } = news;
        let last = file.or_else(|| self.state.recorder.last.clone());
        self.emit(Source::Session, EventKind::Recorder(Recorder { file: None, last }));
        self.notice(Source::Session, NoticeLevel::Error, reason);
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
