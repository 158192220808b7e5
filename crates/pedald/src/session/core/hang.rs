//! An engine that takes commands and answers none: the link is given up, and nothing waits for it any longer.

use super::deadlines::Late;
use super::{Core, Waiting};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Done, Source};
use crate::session::state::{EngineState, NoticeLevel};

impl Core {
    /// Looks whether an answer is overdue.
    pub(super) fn look_for_hang(&mut self) {
        if let Some(late) = self.deadlines.late(self.now) {
            self.engine_hangs(late);
        }
    }

    /// What the engine was to make is not on the board, for it would hang at it again; what was only set stays, and it gets
    /// that with the board.
    fn engine_hangs(&mut self, late: Late) {
        let what = self.waiting.get(&late.ticket).map_or_else(|| "answer".to_owned(), words);
        let error = SessionError::NoAnswer { what, seconds: late.waited.as_secs() };
        let reason = format!("it has not answered for {} s", late.waited.as_secs());
        self.deadlines.clear();
        self.effects.push(super::Effect::GiveUp(reason.clone()));
        self.emit(Source::Engine, EventKind::Engine(EngineState::Down(reason)));
        let mut count = self.turn_all_away(&error);
        let (mut loads, mut hopeless) = (Vec::new(), Vec::new());
        for (ticket, waiting) in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Load(load) if load.read_already() => loads.push(load),
                waiting @ (Waiting::Disk { .. } | Waiting::Save { .. } | Waiting::Load(_)) => {
                    self.waiting.insert(ticket, waiting);
                }
                Waiting::Preload { bundle, read: Some(_), .. } => hopeless.push(bundle),
                Waiting::Preload { .. } => {}
                Waiting::Add { change, undo, source, reply } => {
                    self.add_failed(&change, undo, source);
                    self.answer(reply, Err(error.clone()));
                    count += 1;
                }
                Waiting::Connect { change, undo, source, reply } => {
                    if let Change::Connected { source: from, target: to, .. } = &change {
                        self.unplug(from, to, undo, source);
                    }
                    self.answer(reply, Err(error.clone()));
                    count += 1;
                }
                // the board is on the disk
                Waiting::StateSave { bundle, title, reply } => {
                    self.answer(reply, Ok(Done::Saved { bundle, title }));
                }
                Waiting::Preset { reply, .. } | Waiting::StorePreset { reply, .. } => {
                    self.answer(reply, Err(error.clone()));
                    count += 1;
                }
                Waiting::Command { .. } | Waiting::Unload | Waiting::PresetAsked | Waiting::Stats => {}
            }
        }
        self.forget_slots();
        // one that hangs while it is made ready is not tried again and again
        self.slots.hopeless.extend(hopeless);
        // once, not each time that it is tried again
        if !self.hang_told {
            self.hang_told = true;
            let text = match count {
                0 => error.to_string(),
                1 => format!("{error}. One wish was not done; ask again when it plays"),
                _ => format!("{error}. {count} wishes were not done; ask again when it plays"),
            };
            self.notice(Source::Engine, NoticeLevel::Error, text);
        }
        for load in loads {
            self.load_given_up(load, error.clone());
        }
    }
}

/// What the engine was to do.
fn words(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Command { what, .. } => what.clone(),
        Waiting::Add { change: Change::PluginAdded { plugin, .. }, .. } => {
            format!("add {}", plugin.spec.name)
        }
        Waiting::Load(load) => format!("load {}", load.title),
        Waiting::Preload { bundle, .. } => {
            format!("make {} ready", bundle.file_stem().unwrap_or_default().to_string_lossy())
        }
        Waiting::Connect { .. } => "connect two ports".to_owned(),
        Waiting::PresetAsked | Waiting::Preset { .. } => "load a preset".to_owned(),
        Waiting::StorePreset { .. } => "store a preset".to_owned(),
        Waiting::Stats => "tell how it is".to_owned(),
        Waiting::StateSave { title, .. } => format!("store the plugins' state of {title}"),
        _ => "answer".to_owned(),
    }
}
