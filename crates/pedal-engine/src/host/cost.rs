//! What a plugin costs on this machine, measured alone.

use std::path::PathBuf;

use serde_json::json;

use super::Host;
use crate::cost::{CostCache, CostError, PluginCost};
use crate::server::Outcome;

impl Host {
    /// Cost of a plugin: from the cache, or measured now (some tens of milliseconds, off the audio thread).
    pub fn cost(&mut self, uri: &str) -> Result<PluginCost, CostError> {
        let (rate, period) = (self.options.sample_rate, self.options.period);
        let path = self.options.cost_cache.clone();
        let mut cache = path.as_deref().map_or_else(CostCache::default, CostCache::read);
        if let Some(known) = cache.get(uri, rate, period) {
            return Ok(known);
        }
        let slot = self.make(uri, 0)?;
        let cost = crate::cost::measure(&slot.node, &slot.cell, uri, rate, period, || {
            self.plugins.poll();
        });
        cache.put(cost.clone());
        if let Some(path) = path
            && let Err(error) = cache.write(&path)
        {
            tracing::warn!(%error, path = %path.display(), "costs not kept");
        }
        Ok(cost)
    }

    /// As [`Host::cost`], but the measuring is left to work that is done without the host's lock: a press on the pedal does
    /// not wait for it.
    pub(super) fn x_cost(&mut self, uri: &str) -> Outcome {
        let (rate, period) = (self.options.sample_rate, self.options.period);
        let path = self.options.cost_cache.clone();
        let read = |path: &Option<PathBuf>| path.as_deref().map_or_else(CostCache::default, CostCache::read);
        if let Some(known) = read(&path).get(uri, rate, period) {
            return super::extensions::text(json!(known)).into();
        }
        let slot = match self.make(uri, 0) {
            Ok(slot) => slot,
            Err(error) => return super::extensions::failure(&error).into(),
        };
        let uri = uri.to_owned();
        Outcome::Deferred(Box::new(move || {
            // Plugins' workers are woken by whoever looks after the host.
            let cost = crate::cost::measure(&slot.node, &slot.cell, &uri, rate, period, || {});
            // Read again: another client may have had another plugin measured meanwhile.
            let mut cache = read(&path);
            cache.put(cost.clone());
            if let Some(path) = path
                && let Err(error) = cache.write(&path)
            {
                tracing::warn!(%error, path = %path.display(), "costs not kept");
            }
            super::extensions::text(json!(cost))
        }))
    }
}
