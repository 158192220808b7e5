//! Which boards are made ready, one at a time, within memory and load.

use std::path::PathBuf;
use std::time::Duration;

use mod_protocol::Reply;

use super::arrival::report;
use super::slots::Slot;
use super::{BoardRead, Core, Effect, Waiting};
use crate::engine::{EngineBoard, Place};
use crate::session::board::Board;
use crate::store::DiskJob;

impl Core {
    /// Where a board is in the bank; of several places the one that was stepped to.
    pub(super) fn place_of(&self, sequence: &[&PathBuf], bundle: &PathBuf) -> Option<usize> {
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
    pub(super) fn preload_read(
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
}
