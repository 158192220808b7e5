//! Boards that stand ready in the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::Command;

use super::{Core, Effect, Waiting};
use crate::session::board::Board;
use crate::session::event::EventKind;
use crate::session::intent::Source;
use crate::session::state::{Library, Preloaded};

/// How long after a change of boards the neighbours are preloaded: the player may be scrolling.
pub(super) const PRELOAD_WAIT: Duration = Duration::from_millis(500);

/// How long nobody must have touched anything before a board is preloaded: the engine makes one thing at a time, and a
/// switch that is pressed meanwhile would be late.
const QUIET: Duration = Duration::from_millis(1500);

/// Most memory that boards take together that stand ready, in bytes.
pub const PRELOAD_MEMORY: u64 = 256 << 20;

/// Most load of the running board and one that stands ready together, in percent of the period.
pub const PRELOAD_LOAD: f32 = 85.0;

/// Boards that stand ready in the engine.
#[derive(Debug)]
pub(super) struct Slots {
    pub(super) ready: BTreeMap<u32, Slot>,
    /// Boards that cannot be preloaded, until the library changes.
    pub(super) hopeless: BTreeSet<PathBuf>,
    pub(super) at: Option<Duration>,
    pub(super) busy: bool,
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
pub(super) struct Slot {
    pub(super) bundle: PathBuf,
    pub(super) board: Arc<Board>,
    /// What of it could not be taken over: to be told when it comes.
    pub(super) problems: Vec<String>,
    pub(super) memory: Option<u64>,
    pub(super) load: Option<f32>,
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

    pub(super) fn holding(&self, bundle: &PathBuf) -> Option<u32> {
        self.ready.iter().find(|(_, slot)| slot.bundle == *bundle).map(|(number, _)| *number)
    }

    /// A number that was never used: the engine may still be asked to free one that was.
    pub(super) fn free_number(&mut self) -> u32 {
        self.last = self.last.checked_add(1).unwrap_or(1);
        self.last
    }
}

impl Core {
    /// The engine has put the old board into the slot of the new one.
    pub(super) fn swap_slot(&mut self, slot: Option<u32>) {
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

    pub(super) fn unload(&mut self, number: u32) {
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

    /// What stands ready and is another on the disk by now, or gone, is not what the player would get.
    pub(super) fn unload_changed(&mut self, library: &Library) {
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

    pub(super) fn tell_preloaded(&mut self) {
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
}
