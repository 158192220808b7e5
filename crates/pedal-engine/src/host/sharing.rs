//! A plugin that stands on the old and on the new board with equal state is the same plugin: it goes on running,
//! with its tail.

use std::collections::BTreeSet;

use super::Host;
use super::slot::Slot;
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
                    old
                }
                None => fresh,
            };
            self.slots.insert(instance, kept);
        }
        self.leaving.append(&mut candidates);
    }
}

fn are_equal(old: &mut Slot, new: &mut Slot) -> bool {
    old.missing == new.missing
        && old.cell.instance == new.cell.instance
        && !old.cell.is_cut_off()
        && old.cell.is_bypassed() == new.cell.is_bypassed()
        && old.cell.keeps_running() == new.cell.keeps_running()
        && old.values() == new.values()
        && old.properties == new.properties
        && old.control.has_state() == new.control.has_state()
        && (!old.control.has_state() || old.control.state_text() == new.control.state_text())
}
