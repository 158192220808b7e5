//! Port names as mod-host and its users write them.

/// What a JACK port name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortName {
    /// `effect_<instance>:<symbol>`
    Effect {
        /// The instance.
        instance: i32,
        /// LV2 symbol of the port.
        symbol: String,
    },
    /// `system:capture_<n>`; channel from 0.
    Capture(u16),
    /// `system:playback_<n>` or `mod-monitor:in_<n>`; channel from 0.
    Playback(u16),
    /// `mod-host:midi_in`, the engine's MIDI input.
    MidiIn,
    /// `mod-host:midi_out`, the engine's MIDI output.
    MidiOut,
    /// A port of somebody else.
    Other(String),
}

impl PortName {
    /// Reads a full port name (`client:port`). `own` is the name of our own JACK client.
    pub fn parse(name: &str, own: &str) -> Self {
        let other = || Self::Other(name.to_owned());
        let Some((client, port)) = name.split_once(':') else { return other() };
        let number = |prefix: &str| -> Option<u16> {
            let number: u16 = port.strip_prefix(prefix)?.parse().ok()?;
            number.checked_sub(1)
        };
        if let Some(instance) = client.strip_prefix("effect_").and_then(|digits| digits.parse().ok()) {
            return Self::Effect { instance, symbol: port.to_owned() };
        }
        let found = match client {
            "system" => number("capture_").map(Self::Capture).or(number("playback_").map(Self::Playback)),
            "mod-monitor" => number("in_").map(Self::Playback),
            "mod-host" => match port {
                "midi_in" => Some(Self::MidiIn),
                "midi_out" => Some(Self::MidiOut),
                _ => None,
            },
            client if client == own => match port {
                "midi_in" => Some(Self::MidiIn),
                "midi_out" => Some(Self::MidiOut),
                _ => number("capture_").map(Self::Capture).or(number("playback_").map(Self::Playback)),
            },
            _ => None,
        };
        found.unwrap_or_else(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mod_hosts_names() {
        let parse = |name: &str| PortName::parse(name, "archibald-engine");
        assert_eq!(parse("effect_3:out_l"), PortName::Effect { instance: 3, symbol: "out_l".into() });
        assert_eq!(parse("system:capture_1"), PortName::Capture(0));
        assert_eq!(parse("mod-monitor:in_2"), PortName::Playback(1));
        assert_eq!(parse("system:playback_2"), PortName::Playback(1));
        assert_eq!(parse("mod-host:midi_in"), PortName::MidiIn);
        for other in ["system:capture_0", "synth:out", "effect_x:in", "noise", "system:midi_capture_1"] {
            assert_eq!(parse(other), PortName::Other(other.into()));
        }
    }
}
