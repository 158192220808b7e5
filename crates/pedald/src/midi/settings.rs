//! The player's choices about MIDI, in `prefs.json` with mod-ui's own (set by `/config/set`).

use std::path::Path;

use pedalboard::{Disk, Preferences, Stored};
use serde_json::Value;

/// The player's choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MidiSettings {
    /// Channel (0–15) whose program changes choose boards of the bank: `midi-board-channel`, 1–16, 0 for none.
    pub board_channel: Option<u8>,
    /// Channel (0–15) whose program changes choose snapshots: `midi-snapshot-channel`, 1–16, 0 for none.
    pub snapshot_channel: Option<u8>,
    /// Whether a MIDI clock goes out: `midi-clock-out`.
    pub clock_out: bool,
}

impl Default for MidiSettings {
    /// Boards on channel 16, snapshots on 15, no clock.
    fn default() -> Self {
        Self { board_channel: Some(15), snapshot_channel: Some(14), clock_out: false }
    }
}

impl MidiSettings {
    /// From `prefs.json`; what is missing or makes no sense is as usual.
    pub fn read(path: &Path) -> Self {
        let stored = Stored::<Preferences>::read(&Disk, path).unwrap_or_default();
        Self::from_values(|key| stored.value.0.get(key).cloned())
    }

    fn from_values(value: impl Fn(&str) -> Option<Value>) -> Self {
        let usual = Self::default();
        // mod-ui's page stores numbers and switches as text
        let number = |key: &str| match value(key)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let channel = |key: &str, usual: Option<u8>| match number(key) {
            Some(0) => None,
            Some(channel @ 1..=16) => Some(channel as u8 - 1),
            _ => usual,
        };
        let on = match value("midi-clock-out") {
            Some(Value::Bool(on)) => on,
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true" | "on"),
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => usual.clock_out,
        };
        Self {
            board_channel: channel("midi-board-channel", usual.board_channel),
            snapshot_channel: channel("midi-snapshot-channel", usual.snapshot_channel),
            clock_out: on,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_however_they_are_written() {
        let of = |json: &str| {
            let map: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
            MidiSettings::from_values(|key| map.get(key).cloned())
        };
        assert_eq!(of("{}"), MidiSettings::default());
        let chosen =
            of(r#"{"midi-board-channel": "1", "midi-snapshot-channel": 0, "midi-clock-out": "true"}"#);
        assert_eq!(chosen, MidiSettings { board_channel: Some(0), snapshot_channel: None, clock_out: true });
        let odd =
            of(r#"{"midi-board-channel": 99, "midi-snapshot-channel": [], "midi-clock-out": "perhaps"}"#);
        assert_eq!(odd, MidiSettings::default());
    }
}
