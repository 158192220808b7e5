//! The engine comes, goes and answers.

use mod_protocol::{Command, ErrorCode, Reply};

use super::loading::Target;
use super::{Core, ReplyTo, Ticket, Waiting};
use crate::engine::{EngineBoard, EngineEvent};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Done, Source};
use crate::session::state::{EngineState, NoticeLevel, SyncMode};

impl Core {
    pub(super) fn engine_says(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Up => self.engine_up(),
            EngineEvent::Down(reason) => self.engine_lost(reason),
            EngineEvent::Reply { ticket, reply } => self.replied(ticket, &reply),
            EngineEvent::Feedback(feedback) => self.fed_back(feedback),
        }
    }

    fn engine_up(&mut self) {
        self.deadlines.clear();
        self.emit(Source::Engine, EventKind::Engine(EngineState::Connecting));
        self.quietly(Command::XEvents { enable: true });
        for channel in 0..16 {
            self.quietly(Command::MonitorMidiProgram { channel, enable: true });
            self.quietly(Command::MonitorMidiControl { channel, enable: true });
        }
        if self.state.sync != SyncMode::Internal {
            self.send_sync(self.state.sync);
        }
        if self.state.tuner.silences() {
            self.quietly(Command::XMute { enable: true });
        }
        // until the disk was read, the engine plays on what it came up with; and a board that is being read comes to it
        if self.started && !self.is_reading() {
            self.begin_load(Target::Again, Source::Session, ReplyTo(0));
        }
    }

    pub(super) fn running(&mut self) {
        if self.reachable().is_ok() && !self.state.engine.is_running() {
            self.emit(Source::Engine, EventKind::Engine(EngineState::Running));
            self.stats_at = self.now;
            self.hang_told = false;
        }
    }

    fn engine_lost(&mut self, reason: String) {
        let state = EngineState::Down(reason.clone());
        if self.state.engine == state {
            // it was given up here
            return;
        }
        self.emit(Source::Engine, EventKind::Engine(state));
        self.deadlines.clear();
        let lost = std::mem::take(&mut self.waiting);
        let (mut loads, mut hopeless) = (Vec::new(), Vec::new());
        for (ticket, waiting) in lost {
            match waiting {
                Waiting::Load(load) if load.read_already() => loads.push(load),
                waiting @ (Waiting::Disk { .. } | Waiting::Save { .. } | Waiting::Load(_)) => {
                    self.waiting.insert(ticket, waiting);
                }
                Waiting::Add { change: Change::PluginAdded { plugin, .. }, reply, .. } => {
                    // it is on the board, and the engine gets it with the board
                    self.answer(reply, Ok(Done::Plugin(plugin)));
                }
                Waiting::Connect { reply, .. } => self.answer(reply, Ok(Done::Done)),
                Waiting::StateSave { bundle, title, reply } => {
                    self.answer(reply, Ok(Done::Saved { bundle, title }));
                }
                Waiting::Preset { reply, .. } | Waiting::StorePreset { reply, .. } => {
                    self.answer(reply, Err(SessionError::NoEngine(reason.clone())));
                }
                Waiting::Preload { bundle, read: Some(_), .. } => hopeless.push(bundle),
                _ => {}
            }
        }
        self.forget_slots();
        // one over which it died while it was made ready is not tried again and again
        self.slots.hopeless.extend(hopeless);
        for load in loads {
            self.load_without_engine(load);
        }
        self.go_on();
    }

    fn replied(&mut self, ticket: Ticket, reply: &Reply) {
        self.deadlines.answered(ticket, self.now);
        match self.waiting.remove(&ticket) {
            Some(Waiting::Command { what, inverted }) => {
                if let Some(reason) = failure(reply, inverted) {
                    let error = SessionError::Engine { what, reason };
                    self.notice(Source::Engine, NoticeLevel::Warning, error.to_string());
                }
            }
            Some(Waiting::Add { change, undo, source, reply: to }) => {
                let Change::PluginAdded { plugin, .. } = &change else { return };
                match failure(reply, false) {
                    None => self.answer(to, Ok(Done::Plugin(plugin.clone()))),
                    Some(reason) => {
                        let what = format!("add {}", plugin.spec.name);
                        self.add_failed(&change, undo, source);
                        let error = SessionError::Engine { what, reason };
                        self.notice(source, NoticeLevel::Error, error.to_string());
                        self.answer(to, Err(error));
                    }
                }
            }
            Some(Waiting::Connect { change, undo, source, reply: to }) => match failure(reply, false) {
                None => self.answer(to, Ok(Done::Done)),
                Some(reason) => {
                    let error = self.connect_failed(&change, undo, source, reason);
                    self.answer(to, Err(error));
                }
            },
            Some(Waiting::StateSave { bundle, title, reply: to }) => {
                if let Some(reason) = failure(reply, false) {
                    let error = SessionError::Engine { what: "store the plugins' state".into(), reason };
                    self.notice(Source::Engine, NoticeLevel::Warning, error.to_string());
                }
                self.answer(to, Ok(Done::Saved { bundle, title }));
            }
            Some(Waiting::PresetAsked) => {
                let Some(reason) = failure(reply, false) else { return };
                // what the running board says now is of no interest
                let asked = self.waiting.remove(&(ticket + 1));
                let Some(Waiting::Preset { uri, source, reply: to, .. }) = asked else { return };
                let error = SessionError::Engine { what: format!("load the preset {uri}"), reason };
                self.notice(source, NoticeLevel::Error, error.to_string());
                self.answer(to, Err(error));
                self.go_on();
            }
            Some(Waiting::Load(load)) => self.load_answered(load, reply),
            Some(Waiting::Preload { bundle, slot, read, memory }) => {
                self.preload_answered(bundle, slot, read, memory, self.memory, reply);
            }
            Some(Waiting::Preset { instance, uri, source, reply: to }) => {
                let answer = match reply {
                    Reply::Text(text) => serde_json::from_str::<EngineBoard>(text)
                        .map_err(|error| error.to_string())
                        .map_err(|reason| SessionError::Engine { what: "tell its board".into(), reason })
                        .and_then(|board| self.preset_loaded(instance, uri, source, &board)),
                    other => Err(SessionError::Engine {
                        what: "tell its board".into(),
                        reason: failure(other, false).unwrap_or_default(),
                    }),
                };
                self.answer(to, answer);
                self.go_on();
            }
            Some(Waiting::StorePreset { instance, bundle, uri, source, reply: to }) => {
                let answer = match failure(reply, false) {
                    None => self.preset_saved(instance, bundle, uri, source),
                    Some(reason) => Err(SessionError::Engine { what: "store the preset".into(), reason }),
                };
                self.answer(to, answer);
            }
            Some(Waiting::Stats) => self.take_stats(reply),
            Some(Waiting::Unload) | None => {}
            Some(other @ (Waiting::Disk { .. } | Waiting::Save { .. })) => {
                self.waiting.insert(ticket, other);
            }
        }
    }
}

/// The sentence of a reply that tells of a failure.
pub(super) fn failure(reply: &Reply, inverted: bool) -> Option<String> {
    match reply {
        Reply::Status(1) if inverted => None,
        Reply::Status(_) if inverted => Some("it cannot be followed or bound".into()),
        Reply::Status(code) if *code < 0 => Some(
            ErrorCode::ALL
                .iter()
                .find(|error| error.code() == *code)
                .map_or_else(|| format!("error {code}"), ToString::to_string),
        ),
        Reply::NotFound => Some("it does not know this command; update it".into()),
        other if other.is_error() => Some(format!("it did not understand the command ({other:?})")),
        _ => None,
    }
}
