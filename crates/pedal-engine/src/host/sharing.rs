//! A plugin that stands on the old and on the new board with equal state is the same plugin: it goes on running,
//! with its tail.

use std::collections::BTreeSet;

use super::slot::Slot;
use super::{Host, Preloaded};
use crate::graph::NodeId;

impl Host {
    /// Puts running plugins in the place of equal new ones that have not sounded yet.
    pub(super) fn share_with_running(&mut self) {
        let running: BTreeSet<NodeId> = self.live.target().nodes.iter().map(|node| node.id).collect();
        let mut candidates: Vec<Slot> = Vec::new();
        let mut rest = Vec::new();
        for slot in self.leaving.drain(..) {
            if running.contains(&slot.id()) && slot.active { candidates.push(slot) } else { rest.push(slot) }
        }
        self.leaving = rest;
        let new: Vec<i32> = self
            .slots
            .values()
            .filter(|slot| !running.contains(&slot.id()) && slot.active)
            .map(|slot| slot.instance)
            .collect();
        for instance in new {
            let Some(mut fresh) = self.slots.remove(&instance) else { continue };
            let same_number =
                candidates.iter().position(|old| old.instance == instance && old.uri == fresh.uri);
            let at = same_number.or_else(|| candidates.iter().position(|old| old.uri == fresh.uri));
            if at.is_some() && !fresh.warm {
                // A state that was restored through the worker counts from the plugin's next run on.
                self.warm(&mut fresh, self.options.warm_blocks);
            }
            let equal = at.filter(|&at| are_equal(&mut candidates[at], &mut fresh));
            let kept = match equal {
                Some(at) => {
                    // Clients hear what the new one said: they may have forgotten the old one.
                    self.take_messages_of(&mut fresh);
                    let mut old = candidates.swap_remove(at);
                    self.move_cables(fresh.id(), old.id());
                    self.move_mappings(fresh.id(), old.id());
                    old.instance = instance;
                    old.properties = fresh.properties;
                    old.preset = fresh.preset;
                    // A board without it may have been kept meanwhile.
                    (old.state_kept, old.state_folder) = (None, None);
                    old
                }
                None => fresh,
            };
            self.slots.insert(instance, kept);
        }
        self.leaving.append(&mut candidates);
    }
}

/// A plugin that goes on running on the next board, and the one that was made for that board and takes its place on the last.
pub(super) struct Exchanged {
    pub(super) running: NodeId,
    made: NodeId,
}

impl Host {
    /// Exchanges plugins of a whole board that is taken up next for equal ones that run under the same number. Cables of both
    /// boards follow; mappings are left to the caller.
    pub(super) fn share_with_next(&mut self, next: &mut Preloaded) -> Vec<Exchanged> {
        let running: BTreeSet<NodeId> = self.live.target().nodes.iter().map(|node| node.id).collect();
        let mut exchanged = Vec::new();
        for made in next.slots.values_mut().filter(|slot| slot.active) {
            let runs = |slot: &Slot| slot.active && slot.uri == made.uri && running.contains(&slot.id());
            let Some(mut slot) = self.slots.remove(&made.instance) else { continue };
            if runs(&slot) && !running.contains(&made.id()) {
                if !made.warm {
                    self.warm(made, self.options.warm_blocks);
                }
                if are_equal(&mut slot, made) {
                    self.take_messages_of(made);
                    exchanged.push(Exchanged { running: slot.id(), made: made.id() });
                    std::mem::swap(&mut slot, made);
                    made.properties.clone_from(&slot.properties);
                    made.preset.clone_from(&slot.preset);
                    (made.state_kept, made.state_folder) = (None, None);
                }
            }
            self.slots.insert(slot.instance, slot);
        }
        for pair in &exchanged {
            next.cables.iter_mut().for_each(|cable| cable.rename(pair.made, pair.running));
            self.cables.iter_mut().for_each(|cable| cable.rename(pair.running, pair.made));
        }
        exchanged
    }
}

fn are_equal(old: &mut Slot, new: &mut Slot) -> bool {
    old.missing == new.missing
        && old.cell.instance == new.cell.instance
        // What stands in for an absent plugin has the ports that its board's cables name.
        && old.info().input_symbols == new.info().input_symbols
        && old.info().output_symbols == new.info().output_symbols
        && !old.cell.is_cut_off()
        && old.cell.is_bypassed() == new.cell.is_bypassed()
        && old.cell.keeps_running() == new.cell.keeps_running()
        && old.values() == new.values()
        && old.properties == new.properties
        && old.control.has_state() == new.control.has_state()
        && (!old.control.has_state() || old.control.state_text() == new.control.state_text())
}
