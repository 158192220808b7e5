//! The map between OSC addresses and MIDI messages. One entry of it: `entry`.

mod entry;

use rosc::OscMessage;
use serde::Deserialize;

use entry::{Entry, EntryText};

/// The map that is used when none is named.
pub const DEFAULT_MAP: &str = include_str!("../default-map.toml");

/// Why a text is no map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// It is not TOML, or a key or value is unknown.
    #[error("{0}")]
    Text(#[from] toml::de::Error),
    /// An entry contradicts itself.
    #[error("entry {number} (address `{address}`): {why}")]
    Entry {
        /// 1 for the first.
        number: usize,
        /// Its address.
        address: String,
        /// What is wrong and what to write.
        why: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapText {
    #[serde(default)]
    map: Vec<EntryText>,
}

/// Addresses and what they mean.
#[derive(Debug, Clone, Default)]
pub struct Map(Vec<Entry>);

impl Map {
    /// Reads a map file.
    ///
    /// # Errors
    /// With the line or the entry that is wrong; nothing is skipped in silence.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let text: MapText = toml::from_str(text)?;
        let entries = text.map.into_iter().enumerate().map(|(index, entry)| {
            let address = entry.address.clone();
            Entry::new(entry).map_err(|why| MapError::Entry { number: index + 1, address, why })
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// The MIDI message that an OSC message means, by the first entry that fits.
    pub fn to_midi(&self, message: &OscMessage) -> Option<Vec<u8>> {
        self.0.iter().find_map(|entry| entry.to_midi(message))
    }

    /// The OSC messages that show a MIDI message, one for each entry with feedback that fits.
    pub fn to_osc(&self, message: &[u8]) -> Vec<OscMessage> {
        self.0.iter().filter(|entry| entry.feedback).filter_map(|entry| entry.to_osc(message)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rosc::OscType;

    fn osc(addr: &str, argument: Option<OscType>) -> OscMessage {
        OscMessage { addr: addr.to_owned(), args: argument.into_iter().collect() }
    }

    #[test]
    fn the_default_map_reads_and_writes() {
        let map = Map::parse(DEFAULT_MAP).unwrap();
        let float = |value| Some(OscType::Float(value));
        for (message, midi) in [
            (osc("/cc/3/20", float(0.5)), vec![0xB2, 20, 64]),
            (osc("/cc/16/127", Some(OscType::Int(99))), vec![0xBF, 127, 99]),
            (osc("/note/1/60", float(1.0)), vec![0x90, 60, 127]),
            (osc("/note/1/60", float(0.0)), vec![0x80, 60, 64]),
            (osc("/program/2", Some(OscType::Int(7))), vec![0xC1, 7]),
            (osc("/bend/1", float(0.0)), vec![0xE0, 0, 64]),
            (osc("/bend/1", float(1.0)), vec![0xE0, 127, 127]),
            (osc("/1/fader5", float(0.0)), vec![0xB0, 24, 0]),
            (osc("/2/push16", float(1.0)), vec![0x90, 51, 127]),
            (osc("/start", None), vec![0xFA]),
        ] {
            assert_eq!(map.to_midi(&message), Some(midi), "{message:?}");
        }
        for nothing in [
            osc("/stop", float(0.0)),
            osc("/cc/17/1", float(0.0)),
            osc("/cc/0/1", float(0.0)),
            osc("/cc/1/128", float(0.0)),
            osc("/cc/1/1/", float(0.0)),
            osc("/cc/1/99999999999", float(0.0)),
            osc("/cc/1/-1", float(0.0)),
            osc("/cc/1/1", float(f32::NAN)),
            osc("/cc/1/1", Some(OscType::String("1".into()))),
            osc("/ping", None),
            osc("", None),
        ] {
            assert_eq!(map.to_midi(&nothing), None, "{nothing:?}");
        }
        let addresses: Vec<String> =
            map.to_osc(&[0xB0, 20, 127]).into_iter().map(|message| message.addr).collect();
        assert_eq!(&addresses[..2], ["/cc/1/20", "/1/fader1"]);
    }

    #[test]
    fn wrong_entries_are_named() {
        for (text, part) in [
            ("[[map]]\naddress = \"fader\"\nmessage = \"start\"", "begins with a slash"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"cc\"", "give the number"),
            ("[[map]]\naddress = \"/a/{number}\"\nmessage = \"cc\"\nnumber = 1", "give the number"),
            ("[[map]]\naddress = \"/a/{x}\"\nmessage = \"start\"", "in braces"),
            ("[[map]]\naddress = \"/a/{channel}{number}\"\nmessage = \"cc\"", "told apart"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"cc\"\nnumber = 128", "0-127"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"bend\"\nchannel = 0", "1-16"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"bend\"\nlow = 1", "two different"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"program\"\nnumber = 1", "no number"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"wah\"", "line 3"),
            ("[[map]]\naddress = \"/a\"\nmessage = \"start\"\ncolour = 1", "line 4"),
        ] {
            let error = Map::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        /// A controller that moves by MIDI shows, and sends when touched, the value that came.
        #[test]
        fn feedback_is_the_inverse(channel in 0_u8..16, number in 0_u8..128, value in 0_u8..128, kind in 0_u8..3) {
            let map = Map::parse(DEFAULT_MAP).unwrap();
            let message = match kind {
                0 => vec![0xB0 | channel, number, value],
                1 => vec![0x90 | channel, number, value.max(1)],
                _ => vec![0xE0 | channel, number, value],
            };
            let shown = map.to_osc(&message);
            prop_assert!(!shown.is_empty());
            for osc in shown {
                prop_assert_eq!(map.to_midi(&osc), Some(message.clone()), "{:?}", osc);
            }
        }

        #[test]
        fn any_address_and_number_is_harmless(address in ".{0,40}", value in any::<f32>()) {
            let map = Map::parse(DEFAULT_MAP).unwrap();
            if let Some(midi) = map.to_midi(&osc(&address, Some(OscType::Float(value)))) {
                prop_assert!(crate::message::is_whole(&midi));
            }
        }
    }
}
