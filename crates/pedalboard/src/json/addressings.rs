//! `addressings.json`: what drives a control, other than MIDI.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::located::{Located, Oddity, whole};
use super::{JsonFile, text};

/// Actuators by URI, in the order of the file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Addressings(pub IndexMap<String, Actuator>);

/// What one actuator drives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Actuator {
    /// A device's control, or `/bpm`.
    List(Vec<Addressing>),
    /// A control-voltage output of a plugin.
    Cv {
        /// Name for people.
        name: String,
        /// What it drives.
        addrs: Vec<Addressing>,
    },
}

impl Actuator {
    /// What it drives.
    pub fn addressings(&self) -> &[Addressing] {
        match self {
            Self::List(list) | Self::Cv { addrs: list, .. } => list,
        }
    }
}

/// One control and how it is driven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Addressing {
    /// The plugin, as the file has it: with or without `/graph/` before the name.
    pub instance: String,
    /// Symbol of the port.
    pub port: String,
    /// Name on the device.
    #[serde(default)]
    pub label: String,
    /// Value at the low end.
    #[serde(default)]
    pub minimum: f64,
    /// Value at the high end.
    #[serde(default)]
    pub maximum: f64,
    /// Steps between them; missing for control voltage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<i64>,
    /// Whether it follows the tempo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<bool>,
    /// Divisions of the beat and the other fields, as they are in the file.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Addressing {
    /// Name of the plugin.
    pub fn instance_name(&self) -> &str {
        self.instance.strip_prefix("/graph/").unwrap_or(&self.instance)
    }
}

impl JsonFile for Addressings {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        let located = Located::new(source);
        let outer: IndexMap<String, &RawValue> = whole(source, "no addressings")?;
        let mut found = Self::default();
        let mut odd = Vec::new();
        let mut read = |actuator: &str, entries: Vec<&RawValue>| {
            let mut list = Vec::new();
            for entry in entries {
                match located.parse(entry, &format!("addressing of {actuator} left out")) {
                    Ok(addressing) => list.push(addressing),
                    Err(oddity) => odd.push(oddity),
                }
            }
            list
        };
        let mut bad = Vec::new();
        for (uri, raw) in outer {
            if let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                let list = read(&uri, entries);
                found.0.insert(uri, Actuator::List(list));
            } else if let Ok(cv) = serde_json::from_str::<Cv<'_>>(raw.get()) {
                let addrs = read(&uri, cv.addrs);
                found.0.insert(uri, Actuator::Cv { name: cv.name, addrs });
            } else {
                bad.push((
                    Some(located.line(raw)),
                    format!("actuator {uri} is neither a list nor a named list: left out"),
                ));
            }
        }
        odd.extend(bad);
        Ok((found, odd))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

#[derive(Deserialize)]
struct Cv<'a> {
    #[serde(default)]
    name: String,
    #[serde(borrow)]
    addrs: Vec<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_are_read_and_written() {
        let source = r#"{
"/bpm": [{"instance": "/graph/delay", "port": "time", "label": "Time", "minimum": 0.0, "maximum": 2.0, "steps": 33, "tempo": true, "dividers": 0.5, "page": null}],
"/cv/graph/lfo/out": {"name": "LFO", "addrs": [{"instance": "amp", "port": "gain", "label": "", "minimum": 0, "maximum": 1, "operational_mode": "="}]},
"/hmi/knob1": [{"instance": "amp"}, {"instance": "amp", "port": "x"}],
"/odd": 3
}"#;
        let (found, odd) = Addressings::parse(source).unwrap();
        assert_eq!(found.0["/bpm"].addressings()[0].rest["dividers"], 0.5);
        assert_eq!(found.0["/bpm"].addressings()[0].instance_name(), "delay");
        assert_eq!(found.0["/cv/graph/lfo/out"].addressings()[0].rest["operational_mode"], "=");
        assert_eq!(found.0["/hmi/knob1"].addressings().len(), 1);
        assert_eq!(odd.iter().map(|(line, _)| line.unwrap()).collect::<Vec<_>>(), [4, 5]);
        let again = Addressings::parse(std::str::from_utf8(&found.text()).unwrap()).unwrap();
        assert_eq!(again, (found, Vec::new()));
    }
}
