//! Whole boards: from files, beside the running one, and back into files.

use std::path::Path;

use mod_protocol::Feedback;

use super::plugins::MakeError;
use super::{Cable, FIRST_TOOL, GLOBAL_INSTANCE, Host, PortName, Preloaded};
use crate::board::{BoardFile, BoardMidi, BoardPlugin, BoardTempo, ReadBoardError, VERSION};
use crate::graph::{NodeId, Signal, Sink, Source};

/// Ports by symbol.
type NamedPorts = Vec<(String, Signal)>;

/// A board that is being built, plugin by plugin. Nothing of it sounds.
pub(super) struct Building {
    board: BoardFile,
    built: Preloaded,
    report: LoadReport,
    /// The plugin of `board` that is made next.
    next: usize,
    /// Period that the plugins so far were made for.
    period: usize,
}

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

    /// Makes all plugins and cables of a board; nothing of it sounds yet.
    fn build(&mut self, board: &BoardFile) -> (Preloaded, LoadReport) {
        let mut building = self.start_building(board.clone());
        while self.build_next(&mut building, false) {}
        self.wire(building)
    }

    /// Begins to build a board; nothing of it is made yet.
    pub(super) fn start_building(&self, board: BoardFile) -> Building {
        let report = LoadReport { name: board.name.clone(), ..LoadReport::default() };
        let built = Preloaded { name: board.name.clone(), ..self.empty_board() };
        Building { board, built, report, next: 0, period: self.options.period }
    }

    /// Makes the next plugin, and warms it if it is to be. False when there is none left.
    pub(super) fn build_next(&mut self, building: &mut Building, warm: bool) -> bool {
        if building.period != self.options.period {
            // what was made is for blocks of another length
            *building = self.start_building(std::mem::replace(&mut building.board, BoardFile::empty()));
        }
        let Some(plugin) = building.board.plugins.get(building.next) else { return false };
        building.next += 1;
        let report = &mut building.report;
        if !(0..FIRST_TOOL).contains(&plugin.instance) {
            report.problems.push(format!("instance {} is outside 0–{}", plugin.instance, FIRST_TOOL - 1));
            return true;
        }
        let slot = match self.make(&plugin.uri, plugin.instance) {
            Ok(mut slot) => {
                plugin.state.iter().for_each(|folder| self.state_is_used(folder));
                set_up(&mut slot, plugin, &mut report.problems);
                if warm {
                    self.warm(&mut slot, self.options.warm_blocks);
                }
                slot
            }
            Err(error) => {
                report.missing.push(missing_text(plugin, &error));
                let (inputs, outputs) = self.ports_named(&building.board, plugin.instance);
                self.make_stand_in(&plugin.uri, plugin.instance, inputs, outputs)
            }
        };
        building.built.slots.insert(plugin.instance, slot);
        true
    }

    /// Makes the cables of a board whose plugins are there.
    fn wire(&mut self, building: Building) -> (Preloaded, LoadReport) {
        let Building { board, mut built, mut report, .. } = building;
        report.plugins = built.slots.values().filter(|slot| !slot.missing).count();
        // cables are made by name, as a client would, on the new plugins
        let tools = std::mem::take(&mut self.cables);
        std::mem::swap(&mut self.slots, &mut built.slots);
        for (from, to) in &board.connections {
            let Err(problem) = self.cable_named(from, to) else { continue };
            if self.may_wait(from, to) {
                tracing::info!("{problem}; it is made when the other end is there");
                built.waiting.push((from.clone(), to.clone()));
            } else {
                report.problems.push(problem);
            }
        }
        std::mem::swap(&mut self.slots, &mut built.slots);
        built.cables = std::mem::replace(&mut self.cables, tools);
        built.midi = board.midi;
        built.tempo = board.tempo;
        built.compensate = board.compensate.unwrap_or(true);
        (built, report)
    }

    fn cable_named(&mut self, from: &str, to: &str) -> Result<(), String> {
        // no commit in between: the board is not in place yet
        let open = super::transaction::Transaction::Open { since: self.now() };
        let transaction = std::mem::replace(&mut self.transaction, open);
        let made = self.connect(from, to);
        self.transaction = transaction;
        made.map_err(|error| format!("cable {from} → {to}: {error}"))
    }

    /// Ports of an absent plugin, guessed from the cables that name them.
    fn ports_named(&self, board: &BoardFile, instance: i32) -> (NamedPorts, NamedPorts) {
        let own = |name: &str| match PortName::parse(name, &self.options.client_name) {
            PortName::Effect { instance: other, symbol } if other == instance => Some(symbol),
            _ => None,
        };
        let kind = |other: &str| if other.contains("midi") { Signal::Atom } else { Signal::Audio };
        let (mut inputs, mut outputs) = (NamedPorts::new(), NamedPorts::new());
        for (from, to) in &board.connections {
            for (name, other, list) in [(to, from, &mut inputs), (from, to, &mut outputs)] {
                if let Some(symbol) = own(name)
                    && !list.iter().any(|(known, _)| *known == symbol)
                {
                    list.push((symbol, kind(other)));
                }
            }
        }
        (inputs, outputs)
    }

    fn board_midi(&self) -> Vec<BoardMidi> {
        let bindings = self.mappings.midi.iter().filter_map(|mapping| {
            let slot = self.slots.values().find(|slot| slot.id() == mapping.node)?;
            let symbol = match mapping.target {
                crate::exec::Target::Bypass => ":bypass".to_owned(),
                crate::exec::Target::Control(index) => {
                    slot.info().controls.get(usize::from(index))?.symbol.clone()
                }
            };
            Some(BoardMidi {
                instance: slot.instance,
                symbol,
                channel: mapping.channel,
                controller: mapping.controller,
                min: mapping.min,
                max: mapping.max,
            })
        });
        bindings.collect()
    }

    fn board_tempo(&self) -> BoardTempo {
        let transport = self.transport;
        BoardTempo { bpm: transport.bpm, beats_per_bar: transport.bpb, rolling: transport.rolling }
    }

    /// The running board, as a file would hold it. State that lies in files is not part of it.
    pub fn board(&self) -> BoardFile {
        let plugins = self
            .slots
            .values()
            .filter(|slot| slot.instance < FIRST_TOOL)
            .map(|slot| BoardPlugin {
                instance: slot.instance,
                uri: slot.uri.clone(),
                params: slot.values().into_iter().collect(),
                bypass: slot.cell.is_bypassed(),
                preset: slot.preset.clone(),
                properties: slot.properties.clone(),
                state: None,
            })
            .collect();
        let connections = self.cables.iter().filter_map(|cable| {
            let tool =
                |id: NodeId| self.slots.values().any(|slot| slot.id() == id && slot.instance >= FIRST_TOOL);
            let of_tool = matches!(cable.source, Source::Node(id, _) if tool(id))
                || matches!(cable.sink, Sink::Node(id, _) if tool(id));
            (!of_tool).then(|| Some((self.source_name(cable.source)?, self.sink_name(cable.sink)?)))?
        });
        let midi = self.board_midi().into_iter().filter(|midi| midi.instance != GLOBAL_INSTANCE).collect();
        BoardFile {
            version: VERSION,
            name: self.name.clone(),
            plugins,
            connections: connections.collect(),
            midi,
            tempo: Some(self.board_tempo()),
            compensate: (!self.live.settings().compensate).then_some(false),
        }
    }

    /// Tells that a whole board was taken over.
    pub(super) fn told_load(&mut self, report: &LoadReport) {
        for problem in report.missing.iter().chain(&report.problems) {
            self.feedback.push(Feedback::Log { level: 2, text: problem.clone() });
        }
    }
}

fn missing_text(plugin: &BoardPlugin, error: &MakeError) -> String {
    format!("effect_{}: {error}", plugin.instance)
}

fn set_up(slot: &mut super::slot::Slot, plugin: &BoardPlugin, problems: &mut Vec<String>) {
    let name = format!("effect_{} ({})", plugin.instance, plugin.uri);
    if let Some(preset) = &plugin.preset {
        match slot.control.load_preset(preset) {
            Ok(values) => values.iter().for_each(|(symbol, value)| {
                slot.set(symbol, *value);
            }),
            Err(error) => problems.push(format!("{name}: preset {preset}: {error}")),
        }
        slot.preset = Some(preset.clone());
    }
    if let Some(folder) = &plugin.state {
        match slot.control.load_state(folder) {
            Ok(values) => values.iter().for_each(|(symbol, value)| {
                slot.set(symbol, *value);
            }),
            Err(error) => problems.push(format!("{name}: state in {}: {error}", folder.display())),
        }
    }
    for (symbol, value) in &plugin.params {
        if !slot.set(symbol, *value) {
            problems.push(format!("{name} has no control {symbol}"));
        }
    }
    for (property, value) in &plugin.properties {
        match slot.control.patch_set(property, value) {
            Ok(()) => {
                slot.properties.insert(property.clone(), value.clone());
            }
            Err(error) => problems.push(format!("{name}: property {property}: {error}")),
        }
    }
    slot.cell.set_bypass(plugin.bypass);
}
