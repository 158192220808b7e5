//! Messages: what clients say, and how a message is merged with one that waits.

use crate::session::{ControlPort, Instance, Intent, SyncMode};

/// A message to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    /// The text.
    pub(super) text: String,
    /// Messages of one key replace each other while they wait, as long as nothing without a key came between.
    pub(super) key: Option<String>,
    /// Whether it is a meter's value, which is held back while the client is busy.
    pub(super) meter: bool,
}

impl Output {
    /// A message that must arrive.
    pub(super) fn plain(text: String) -> Self {
        Self { text, key: None, meter: false }
    }

    /// A value of which only the newest counts.
    pub(super) fn keyed(key: impl Into<String>, text: String) -> Self {
        Self { text, key: Some(key.into()), meter: false }
    }

    /// A meter's value.
    pub(super) fn meter(key: impl Into<String>, text: String) -> Self {
        Self { text, key: Some(key.into()), meter: true }
    }
}

/// What a client says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ClientMessage {
    /// It is there.
    Pong,
    /// It has worked off everything up to this number.
    DataReady(u64),
    /// It wants something.
    Intent(Intent),
    /// It wants a plugin's own window.
    ShowExternalUi(String),
}

fn number(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| format!("{text:?} is no number"))
}

fn pixels(text: &str) -> Result<f64, String> {
    number(text).map(|value| value.clamp(-1e6, 1e6))
}

/// Reads a message. The error is a sentence.
pub(super) fn parse(text: &str) -> Result<ClientMessage, String> {
    let text = text.trim_end_matches(['\r', '\n']);
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let fields = rest.split(' ').filter(|field| !field.is_empty()).collect::<Vec<_>>();
    let want = |count: usize| {
        if fields.len() == count {
            Ok(())
        } else {
            Err(format!("{name} has {count} fields, not {}", fields.len()))
        }
    };
    let intent = match name {
        "pong" => return Ok(ClientMessage::Pong),
        "data_ready" => {
            want(1)?;
            let number = fields[0].parse().map_err(|_| format!("{:?} is no number", fields[0]))?;
            return Ok(ClientMessage::DataReady(number));
        }
        "param_set" => {
            want(2)?;
            let port = ControlPort::parse(fields[0]).ok_or_else(|| format!("{:?} is no port", fields[0]))?;
            Intent::Set { port, value: number(fields[1])? as f32 }
        }
        "patch_get" => {
            want(2)?;
            Intent::AskParameter { instance: Instance::new(fields[0]), uri: fields[1].to_owned() }
        }
        "patch_set" => {
            // The value is the rest of the line, with its spaces.
            let mut parts = rest.splitn(4, ' ');
            let (Some(instance), Some(uri), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
                return Err("patch_set has an instance, a URI, a type and a value".to_owned());
            };
            let mut letters = kind.chars();
            let (Some(kind), None) = (letters.next(), letters.next()) else {
                return Err(format!("{kind:?} is no type of values"));
            };
            let value = parts.next().unwrap_or_default().to_owned();
            Intent::SetParameter { instance: Instance::new(instance), uri: uri.to_owned(), kind, value }
        }
        "plugin_pos" => {
            want(3)?;
            let position = (pixels(fields[1])?, pixels(fields[2])?);
            Intent::MovePlugin { instance: Instance::new(fields[0]), position }
        }
        "pb_size" => {
            want(2)?;
            Intent::Resize { size: (pixels(fields[0])?.max(0.0) as u32, pixels(fields[1])?.max(0.0) as u32) }
        }
        "link_enable" => Intent::SetSync(SyncMode::Link),
        "midi_clock_slave_enable" => Intent::SetSync(SyncMode::MidiClock),
        "set_internal_transport_source" => Intent::SetSync(SyncMode::Internal),
        "transport-bpb" => {
            want(1)?;
            Intent::SetBeatsPerBar(number(fields[0])?)
        }
        "transport-bpm" => {
            want(1)?;
            Intent::SetTempo(number(fields[0])?)
        }
        "transport-rolling" => {
            want(1)?;
            Intent::SetRolling(number(fields[0])? >= 0.5)
        }
        "show_external_ui" => {
            want(1)?;
            return Ok(ClientMessage::ShowExternalUi(fields[0].to_owned()));
        }
        _ => return Err(format!("there is no message {:?}", name.chars().take(40).collect::<String>())),
    };
    Ok(ClientMessage::Intent(intent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_message_of_the_page_is_read() {
        let intent = |text: &str| match parse(text) {
            Ok(ClientMessage::Intent(intent)) => intent,
            other => panic!("{text}: {other:?}"),
        };
        let port = ControlPort::new("amp", "gain");
        assert_eq!(intent("param_set /graph/amp/gain -6.0"), Intent::Set { port, value: -6.0 });
        let bypass = ControlPort::bypass("amp");
        assert_eq!(intent("param_set /graph/amp/:bypass 1.0"), Intent::Set { port: bypass, value: 1.0 });
        assert_eq!(
            intent("patch_set /graph/params urn:s s hello  world"),
            Intent::SetParameter {
                instance: Instance::new("params"),
                uri: "urn:s".into(),
                kind: 's',
                value: "hello  world".into()
            }
        );
        assert_eq!(
            intent("patch_get /graph/params urn:f"),
            Intent::AskParameter { instance: Instance::new("params"), uri: "urn:f".into() }
        );
        assert_eq!(
            intent("plugin_pos /graph/amp 321.0 222.5"),
            Intent::MovePlugin { instance: Instance::new("amp"), position: (321.0, 222.5) }
        );
        assert_eq!(intent("pb_size 2000 1000"), Intent::Resize { size: (2000, 1000) });
        assert_eq!(intent("transport-bpm 97.5"), Intent::SetTempo(97.5));
        assert_eq!(intent("transport-bpb 3"), Intent::SetBeatsPerBar(3.0));
        assert_eq!(intent("transport-rolling 1"), Intent::SetRolling(true));
        assert_eq!(intent("link_enable"), Intent::SetSync(SyncMode::Link));
        assert_eq!(intent("midi_clock_slave_enable"), Intent::SetSync(SyncMode::MidiClock));
        assert_eq!(intent("set_internal_transport_source"), Intent::SetSync(SyncMode::Internal));
        assert_eq!(parse("pong"), Ok(ClientMessage::Pong));
        assert_eq!(parse("data_ready 17"), Ok(ClientMessage::DataReady(17)));
        for bad in
            ["", "param_set", "param_set /graph/amp/gain nan", "patch_set a b", "nonsense 1", "data_ready x"]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), name in "(param_set|patch_set|plugin_pos|pb_size|transport-bpm) ", rest in any::<String>()) {
            let _ = parse(&text);
            let _ = parse(&format!("{name}{rest}"));
        }
    }
}
