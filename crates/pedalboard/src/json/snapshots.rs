//! `snapshots.json`, and `presets.json` of old boards.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::located::{Located, Oddity, whole};
use super::{JsonFile, text};
use crate::naming::unique_title;

/// The stored sounds of a board.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshots {
    /// The one that was chosen last, from 0; -1 for none.
    pub current: i64,
    /// All of them, in the player's order. Their names differ.
    pub snapshots: Vec<Snapshot>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { current: -1, snapshots: Vec::new(), rest: Map::new() }
    }
}

/// A stored sound of a board.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Name.
    pub name: String,
    /// What it holds, by instance.
    #[serde(default)]
    pub data: IndexMap<String, InstanceState>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a snapshot holds of one plugin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InstanceState {
    /// Whether the plugin is bypassed.
    #[serde(default)]
    pub bypassed: bool,
    /// LV2 parameters by URI.
    #[serde(default)]
    pub parameters: IndexMap<String, ParameterValue>,
    /// Control inputs by symbol.
    #[serde(default)]
    pub ports: IndexMap<String, f64>,
    /// URI of the preset, or empty.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub preset: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Value of an LV2 parameter with mod-host's letter for its type (`f`, `i`, `p`, …).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterValue(pub Value, pub String);

impl ParameterValue {
    /// The value as mod-host takes it.
    pub fn text(&self) -> String {
        match &self.0 {
            Value::String(text) => text.clone(),
            Value::Bool(on) => u8::from(*on).to_string(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

/// Some versions write `null` where there is no preset.
fn text_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

impl JsonFile for Snapshots {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        let located = Located::new(source);
        // Old boards have the list alone.
        let (current, entries, rest) = if source.trim_start().starts_with('[') {
            (Some(-1), whole::<Vec<&RawValue>>(source, "no list of snapshots")?, IndexMap::new())
        } else {
            let outer: Borrowed<'_> = whole(source, "no snapshots")?;
            outer.into_parts()?
        };
        let mut odd = Vec::new();
        let mut found = Self { current: current.unwrap_or(-1), ..Self::default() };
        found.rest = rest.into_iter().collect();
        for (at, entry) in entries.iter().enumerate() {
            match located.parse::<Option<Snapshot>>(entry, &format!("snapshot {at} left out")) {
                Ok(Some(mut snapshot)) => {
                    snapshot.name = unique_title(&snapshot.name, |name| {
                        found.snapshots.iter().any(|other| other.name == name)
                    });
                    found.snapshots.push(snapshot);
                }
                Ok(None) => {
                    odd.push((Some(located.line(entry)), format!("snapshot {at} is empty: left out")))
                }
                Err(oddity) => odd.push(oddity),
            }
        }
        if found.current < -1 || found.current >= found.snapshots.len() as i64 {
            odd.push((None, format!("there is no snapshot {}: none is chosen", found.current)));
            found.current = -1;
        }
        Ok((found, odd))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

/// The outer object. A flattened map and borrowed parts do not go together in one derived type.
#[derive(Deserialize)]
#[serde(transparent)]
struct Borrowed<'a>(#[serde(borrow)] IndexMap<String, &'a RawValue>);

type Parts<'a> = (Option<i64>, Vec<&'a RawValue>, IndexMap<String, Value>);

impl<'a> Borrowed<'a> {
    fn into_parts(self) -> Result<Parts<'a>, Oddity> {
        let mut parts: Parts<'a> = (None, Vec::new(), IndexMap::new());
        for (key, value) in self.0 {
            match key.as_str() {
                "current" => parts.0 = serde_json::from_str(value.get()).ok(),
                "snapshots" => parts.1 = whole(value.get(), "no list of snapshots")?,
                _ => drop(parts.2.insert(key, whole(value.get(), "snapshots")?)),
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_entry_spoils_no_other() {
        let source = r#"{"current": 1, "snapshots": [
  {"name": "Clean", "data": {"amp": {"bypassed": false, "ports": {"gain": 1.5}, "preset": null}}},
  {"name": "Bad", "data": {"amp":
     {"bypassed": "perhaps"}}},
  {"name": "Clean", "data": {}, "colour": "red"}
], "later": [1, 2.0]}"#;
        let (found, odd) = Snapshots::parse(source).unwrap();
        let names = found.snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["Clean", "Clean (2)"]);
        assert_eq!(found.current, 1);
        assert_eq!(found.snapshots[0].data["amp"].ports["gain"], 1.5);
        assert_eq!(found.snapshots[1].rest["colour"], "red");
        assert_eq!(odd.len(), 1);
        assert_eq!(odd[0].0, Some(4), "{odd:?}");
        let again = Snapshots::parse(std::str::from_utf8(&found.text()).unwrap()).unwrap();
        assert_eq!(again, (found, Vec::new()));
    }

    #[test]
    fn old_lists_are_read() {
        let (found, odd) = Snapshots::parse(r#"[{"name": "A", "data": {}}]"#).unwrap();
        assert_eq!((found.current, found.snapshots.len(), odd.len()), (-1, 1, 0));
        assert!(Snapshots::parse("{\"snapshots\": 3}").is_err());
        assert_eq!(Snapshots::parse("{\n\n nonsense").unwrap_err().0, Some(3));
    }
}
