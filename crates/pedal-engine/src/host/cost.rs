//! What a plugin costs on this machine, measured alone.

use mod_protocol::Reply;
use serde_json::json;

use super::Host;
use crate::cost::{CostCache, CostError, PluginCost};

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
        let cost = crate::cost::measure(&slot.node, &slot.cell, uri, rate, period, || self.plugins.poll());
        cache.put(cost.clone());
        if let Some(path) = path
            && let Err(error) = cache.write(&path)
        {
            tracing::warn!(%error, path = %path.display(), "costs not kept");
        }
        Ok(cost)
    }

    pub(super) fn x_cost(&mut self, uri: &str) -> Reply {
        match self.cost(uri) {
            Ok(cost) => super::extensions::text(json!(cost)),
            Err(error) => super::extensions::failure(&error),
        }
    }
}
