//! Whole boards: from files (`build`), beside the running one, and back into files (`written`).

mod build;
mod written;

use std::path::Path;

use mod_protocol::Feedback;

use super::{Cable, FIRST_TOOL, Host, Preloaded};
use crate::board::{BoardFile, BoardMidi, ReadBoardError};
use crate::graph::{NodeId, Sink, Source};

pub(super) use build::Building;

/// What came of loading a board.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct LoadReport {
    /// Name of the board.
    pub name: String,
    /// Plugins that run.
    pub plugins: usize,
    /// Plugins that are not installed or do not start; a pass-through stands in the place of each.
    pub missing: Vec<String>,
    /// Cables, bindings and values that could not be taken over, each with its reason. Not those cables to other JACK
    /// clients that are made when the other client comes.
    pub problems: Vec<String>,
}

/// Why a slot cannot be swapped in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// Nothing was preloaded there.
    #[error("slot {0} holds no board; x_preload one first")]
    Empty(u32),
}

impl Host {
    /// Replaces the board by `board`, cross-faded. What is missing is stood in for and named.
    pub fn load_board(&mut self, board: &BoardFile) -> LoadReport {
        let (preloaded, mut report) = self.build(board);
        let (_, problems) = self.take_board(preloaded);
        report.problems.extend(problems);
        report
    }

    /// Reads a board file and replaces the board by it. On an error the old board stays.
    pub fn load_file(&mut self, path: &Path) -> Result<LoadReport, ReadBoardError> {
        Ok(self.load_board(&BoardFile::read(path)?))
    }

    /// Builds and warms a board beside the running one.
    pub fn preload(&mut self, slot: u32, board: &BoardFile) -> LoadReport {
        let mut building = self.start_building(board.clone());
        while self.build_next(&mut building, true) {}
        self.stand_ready(slot, building)
    }

    /// Puts a board that is built into a slot.
    pub(super) fn stand_ready(&mut self, slot: u32, building: Building) -> LoadReport {
        let (mut preloaded, report) = self.wire(building);
        for plugin in preloaded.slots.values_mut().filter(|plugin| !plugin.warm) {
            self.warm(plugin, self.options.warm_blocks);
        }
        self.preloaded.insert(slot, preloaded);
        report
    }

    /// Makes a board that is built the running one.
    pub(super) fn run_built(&mut self, building: Building) -> LoadReport {
        let (preloaded, mut report) = self.wire(building);
        let (_, problems) = self.take_board(preloaded);
        report.problems.extend(problems);
        report
    }

    /// Makes the board of `slot` the running one; the running one goes into the slot's place. Answers what could not be
    /// taken over beyond what the preload said.
    pub fn swap(&mut self, slot: u32) -> Result<Vec<String>, SlotError> {
        let next = self.preloaded.remove(&slot).ok_or(SlotError::Empty(slot))?;
        let name = next.name.clone();
        let (last, problems) = self.take_board(next);
        self.preloaded.insert(slot, last);
        tracing::info!(slot, name, "board swapped in");
        Ok(problems)
    }

    /// Frees a slot.
    pub fn unload(&mut self, slot: u32) -> Result<(), SlotError> {
        self.preloaded.remove(&slot).map(drop).ok_or(SlotError::Empty(slot))
    }

    /// The running board and its cables become `next`. Returns what was there, and which bindings could not be made.
    fn take_board(&mut self, mut next: Preloaded) -> (Preloaded, Vec<String>) {
        let tools: Vec<i32> = self.slots.keys().copied().filter(|&instance| instance >= FIRST_TOOL).collect();
        let mut last = self.empty_board();
        self.set_compensation(next.compensate);
        last.waiting = self.set_waiting(std::mem::take(&mut next.waiting));
        last.name = std::mem::replace(&mut self.name, std::mem::take(&mut next.name));
        last.midi = self.board_midi();
        last.tempo = Some(self.board_tempo());
        for shared in self.share_with_next(&mut next) {
            self.forget_mappings(shared.running);
        }
        for tool in tools {
            if let Some(slot) = self.slots.remove(&tool) {
                next.slots.insert(tool, slot);
            }
        }
        let kept: Vec<NodeId> = next.slots.values().map(|slot| slot.id()).collect();
        last.slots = std::mem::replace(&mut self.slots, next.slots);
        for slot in last.slots.values_mut() {
            // The board that is kept next does not name their states, so the folders go.
            (slot.state_kept, slot.state_folder) = (None, None);
        }
        // only the tools' cables stay
        let stays = |cable: &Cable| {
            let from = matches!(cable.source, Source::Node(id, _) if kept.contains(&id));
            let to = matches!(cable.sink, Sink::Node(id, _) if kept.contains(&id));
            let from_outside = !matches!(cable.source, Source::Node(..));
            let to_outside = !matches!(cable.sink, Sink::Node(..));
            (from || from_outside) && (to || to_outside) && (from || to)
        };
        let before = std::mem::replace(&mut self.cables, next.cables);
        for cable in before {
            if stays(&cable) { self.cables.push(cable) } else { last.cables.push(cable) }
        }
        let old: Vec<NodeId> = last.slots.values().map(|slot| slot.id()).collect();
        for id in old {
            self.forget_mappings(id);
        }
        let mut problems = Vec::new();
        for midi in &next.midi {
            let at = (midi.channel.into(), midi.controller.into());
            let bound = self.midi_map(midi.instance, &midi.symbol, at, midi.min, midi.max);
            // a plugin that is missing is told as that, and has no controls
            let missing = self.slots.get(&midi.instance).is_some_and(|slot| slot.missing);
            if !bound && !missing {
                problems.push(self.unbound(midi));
            }
        }
        if let Some(tempo) = next.tempo {
            self.set_transport(tempo.rolling, tempo.beats_per_bar.into(), tempo.bpm);
        }
        self.changed();
        (last, problems)
    }

    /// Why a controller is not bound.
    fn unbound(&self, midi: &BoardMidi) -> String {
        let BoardMidi { instance, symbol, channel, controller, .. } = midi;
        let why = if self.mappings.midi.len() >= crate::exec::MAX_MAPPINGS {
            format!(
                "there are {} bindings already, which is all that there is room for",
                crate::exec::MAX_MAPPINGS
            )
        } else if *channel > 15 || *controller > 127 && *controller != crate::exec::PITCH_BEND {
            "channels are 0–15, controllers 0–127".to_owned()
        } else {
            "it has no such control".to_owned()
        };
        format!(
            "effect_{instance}: {symbol} is not bound to controller {controller} of channel {channel}: {why}"
        )
    }

    fn empty_board(&self) -> Preloaded {
        Preloaded {
            name: String::new(),
            slots: Default::default(),
            cables: Vec::new(),
            midi: Vec::new(),
            tempo: None,
            compensate: self.live.settings().compensate,
            waiting: Vec::new(),
        }
    }

    /// Tells that a whole board was taken over.
    pub(super) fn told_load(&mut self, report: &LoadReport) {
        for problem in report.missing.iter().chain(&report.problems) {
            self.feedback.push(Feedback::Log { level: 2, text: problem.clone() });
        }
    }
}
