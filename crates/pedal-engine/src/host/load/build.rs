//! A board that is built, plugin by plugin and then cable by cable. Nothing of it sounds.

use super::LoadReport;
use crate::board::{BoardFile, BoardPlugin};
use crate::graph::Signal;
use crate::host::plugins::MakeError;
use crate::host::slot::Slot;
use crate::host::transaction::Transaction;
use crate::host::{FIRST_TOOL, Host, PortName, Preloaded};

/// Ports by symbol.
type NamedPorts = Vec<(String, Signal)>;

/// A board that is being built, plugin by plugin. Nothing of it sounds.
pub(in crate::host) struct Building {
    board: BoardFile,
    built: Preloaded,
    report: LoadReport,
    /// The plugin of `board` that is made next.
    next: usize,
    /// Period that the plugins so far were made for.
    period: usize,
}

impl Host {
    /// Makes all plugins and cables of a board; nothing of it sounds yet.
    pub(super) fn build(&mut self, board: &BoardFile) -> (Preloaded, LoadReport) {
        let mut building = self.start_building(board.clone());
        while self.build_next(&mut building, false) {}
        self.wire(building)
    }

    /// Begins to build a board; nothing of it is made yet.
    pub(in crate::host) fn start_building(&self, board: BoardFile) -> Building {
        let report = LoadReport { name: board.name.clone(), ..LoadReport::default() };
        let built = Preloaded { name: board.name.clone(), ..self.empty_board() };
        Building { board, built, report, next: 0, period: self.options.period }
    }

    /// Makes the next plugin, and warms it if it is to be. False when there is none left.
    pub(in crate::host) fn build_next(&mut self, building: &mut Building, warm: bool) -> bool {
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
    pub(super) fn wire(&mut self, building: Building) -> (Preloaded, LoadReport) {
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
        let open = Transaction::Open { since: self.now() };
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
}

fn missing_text(plugin: &BoardPlugin, error: &MakeError) -> String {
    format!("effect_{}: {error}", plugin.instance)
}

fn set_up(slot: &mut Slot, plugin: &BoardPlugin, problems: &mut Vec<String>) {
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
