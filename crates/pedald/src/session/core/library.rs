//! Boards and banks on the disk, and how loud the boards are.

use std::path::PathBuf;
use std::sync::Arc;

use super::slots::PRELOAD_WAIT;
use super::{Core, ReplyTo};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::state::{Bank, Library, Loudness};
use crate::store::DiskJob;

/// What banks that are not on the disk yet are waited for as.
pub(super) const WRITE_BANKS: &str = "write the banks";

impl Core {
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

    pub(super) fn new_library(&mut self, library: Library) {
        if library != *self.state.library {
            self.unload_changed(&library);
            self.emit(Source::Session, EventKind::Library(Arc::new(library)));
            self.slots.hopeless.clear();
            self.slots.at = Some(self.now + PRELOAD_WAIT);
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

    pub(super) fn measured(&mut self, bundle: PathBuf, short_term: f32) {
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
}
