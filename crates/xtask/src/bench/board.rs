//! Boards of light plugins in series.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// LV2's own example: a gain.
pub(super) const URI: &str = "http://lv2plug.in/plugins/eg-amp";

/// Writes a board of `count` gains of `decibels` in series, instances from `first` on, and returns its path.
pub(super) fn write(folder: &Path, name: &str, first: u32, count: u32, decibels: f64) -> Result<PathBuf> {
    let path = folder.join(format!("{name}.json"));
    let board = chain(name, first, count, decibels);
    std::fs::write(&path, board.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn chain(name: &str, first: u32, count: u32, decibels: f64) -> Value {
    let plugins: Vec<Value> = (first..first + count)
        .map(|instance| json!({ "instance": instance, "uri": URI, "params": { "gain": decibels } }))
        .collect();
    let mut from = "system:capture_1".to_owned();
    let mut connections = Vec::new();
    for instance in first..first + count {
        connections.push([from, format!("effect_{instance}:in")]);
        from = format!("effect_{instance}:out");
    }
    connections.push([from, "system:playback_1".to_owned()]);
    json!({ "version": 1, "name": name, "plugins": plugins, "connections": connections })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_leads_from_the_first_capture_to_the_first_playback() {
        let board = chain("two", 7, 2, 0.0);
        assert_eq!(board["plugins"].as_array().map(Vec::len), Some(2));
        let expected = json!([
            ["system:capture_1", "effect_7:in"],
            ["effect_7:out", "effect_8:in"],
            ["effect_8:out", "system:playback_1"],
        ]);
        assert_eq!(board["connections"], expected);
    }
}
