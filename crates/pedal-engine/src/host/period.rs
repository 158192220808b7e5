//! A change of the period while the board sounds.

use super::Host;
use super::slot::Slot;
use crate::exec::NodeCell;

impl Host {
    /// Follows the back end's period.
    pub(super) fn check_period(&mut self) {
        let period = self.backend.as_ref().map(|backend| backend.format().max_frames);
        if let Some(period) = period.filter(|&period| period > 0 && period != self.options.period) {
            self.set_period(period);
        }
    }

    /// Tells everybody that blocks are up to `frames` long. Plugins that cannot be told, and whose blocks grow, are
    /// exchanged for new instances with the same state.
    pub fn set_period(&mut self, frames: usize) {
        let grows = frames > self.options.period;
        tracing::info!(from = self.options.period, to = frames, "period");
        self.options.period = frames;
        let mut settings = *self.live.settings();
        settings.period = frames;
        self.live.set_settings(settings);
        self.plugins.set_period(frames);
        let mut to_exchange = Vec::new();
        for slot in self.slots.values_mut() {
            if !tell(slot, frames) && grows {
                to_exchange.push(slot.instance);
            }
        }
        for preloaded in self.preloaded.values_mut() {
            preloaded.slots.values_mut().for_each(|slot| {
                tell(slot, frames);
            });
        }
        for slot in &self.leaving {
            slot.cell.resize(frames);
        }
        for instance in to_exchange {
            if let Err(error) = self.exchange_with_state(instance) {
                tracing::error!(%error, instance, "plugin not made anew for the new period; it passes through");
            }
        }
        self.commit_settings();
    }

    /// Puts a new instance with the same state in a plugin's place.
    fn exchange_with_state(&mut self, instance: i32) -> Result<(), mod_protocol::ErrorCode> {
        let slot = self.slot_mut(instance)?;
        // As text and not through a folder: files stay where they are, and the new instance may keep them.
        let state = slot.control.has_state().then(|| slot.control.state_text());
        self.exchange(instance, |fresh| match state {
            Some(state) => fresh.control.take_state_text(&state).map(drop),
            None => Ok(()),
        })
    }
}

/// False when the plugin cannot be told.
fn tell(slot: &mut Slot, frames: usize) -> bool {
    let told = slot.control.set_period(frames);
    let cell: &NodeCell = &slot.cell;
    cell.with_unit(|unit| unit.set_max_frames(frames));
    cell.resize(frames);
    told
}
