//! What the host tells without being asked, on the feedback connection. How a line is written and read: `line`.

mod line;

use crate::{PatchValue, encode_message};

/// One line of feedback. Floats have six decimals (`%f` of C).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Feedback {
    /// A parameter was changed by MIDI, by a control voltage or by the plugin: never by a `param_set` command.
    ParamSet {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
        /// The new value.
        value: f32,
    },
    /// The plugin changed the state of a control (hidden, disabled…).
    ParamState {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// The state.
        state: i32,
    },
    /// A monitored control output changed.
    OutputSet {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// The new value.
        value: f32,
    },
    /// Peak of a monitored audio port since the last report.
    AudioMonitor {
        /// Number of the monitor, from 0 in the order of `monitor_audio_levels`.
        index: i32,
        /// Absolute peak, 0 and up, full scale 1.
        peak: f32,
    },
    /// `midi_learn` has found its controller.
    MidiMapped {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
        /// Channel, 0–15.
        channel: i32,
        /// Controller, 0–127, or [`crate::PITCH_BEND`].
        controller: i32,
        /// The parameter's value now.
        value: f32,
        /// Value at the controller's low end.
        minimum: f32,
        /// Value at its high end.
        maximum: f32,
    },
    /// A control change that nothing is mapped to, on a monitored channel.
    MidiControlChange {
        /// Channel, 0–15.
        channel: i32,
        /// Controller, 0–127.
        controller: i32,
        /// Value, 0–127.
        value: i32,
    },
    /// A program change on a monitored channel.
    MidiProgramChange {
        /// Program, 0–127.
        program: i32,
        /// Channel, 0–15.
        channel: i32,
    },
    /// The transport changed.
    Transport {
        /// Whether it rolls.
        rolling: bool,
        /// Beats per bar.
        bpb: f64,
        /// Beats per minute.
        bpm: f64,
    },
    /// A property of a plugin changed or was asked for.
    PatchSet {
        /// The instance.
        instance: i32,
        /// URI of the property.
        property: String,
        /// The value.
        value: PatchValue,
    },
    /// A message of a plugin or of the host.
    Log {
        /// 0 trace, 1 note, 2 warning, 3 error.
        level: i32,
        /// The text; may hold spaces and line ends.
        text: String,
    },
    /// The load of the host, every half second if enabled.
    CpuLoad {
        /// Average in percent.
        average: f32,
        /// Maximum in percent.
        maximum: f32,
        /// Xruns since the start.
        xruns: u32,
    },
    /// End of a batch: nothing more comes before `output_data_ready`.
    DataFinish,
    /// Extension: something went wrong with a plugin.
    XFault {
        /// The instance; −1 when the plugin has none (a board that is being loaded).
        instance: i32,
        /// URI of the plugin.
        uri: String,
        /// What went wrong.
        kind: FaultKind,
        /// Details in words.
        detail: String,
    },
    /// Extension: another plan runs.
    XPlan {
        /// Number of the plan; rises by one with each.
        revision: u32,
        /// Plugins in it.
        plugins: u32,
        /// What made it, in words.
        cause: String,
    },
    /// Extension: periods were lost.
    XXrun {
        /// Xruns since the start.
        total: u32,
        /// Instance of the slowest plugin in that period, or −1 when none is to blame.
        instance: i32,
        /// Its URI, or `-`.
        uri: String,
    },
}

/// What went wrong with a plugin (`x_fault`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// `nan`: it wrote NaN or Inf and is bypassed.
    NotFinite,
    /// `level`: it wrote more than +24 dBFS.
    Level,
    /// `overrun`: it took more than its share of the period, several periods in a row.
    Overrun,
    /// `missing`: it is not installed; a pass-through stands in its place.
    Missing,
    /// `failed`: it could not be instantiated or its state not restored.
    Failed,
    /// `cleared`: an earlier fault is over (`x_reenable`).
    Cleared,
}

impl FaultKind {
    const WORDS: [(Self, &'static str); 6] = [
        (Self::NotFinite, "nan"),
        (Self::Level, "level"),
        (Self::Overrun, "overrun"),
        (Self::Missing, "missing"),
        (Self::Failed, "failed"),
        (Self::Cleared, "cleared"),
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("failed", |(_, word)| word)
    }
}

/// A line that is no feedback.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed feedback {0:?}: the other side does not speak mod-host's protocol")]
pub struct FeedbackError(pub String);

impl Feedback {
    /// Whether the line is one of our extensions, which only clients get that asked for them (`x_events 1`).
    pub fn is_extension(&self) -> bool {
        matches!(self, Self::XFault { .. } | Self::XPlan { .. } | Self::XXrun { .. })
    }

    /// Appends the line with its NUL.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_message(&self.to_string(), out);
    }

    /// Reads one line without its NUL.
    pub fn parse(message: &[u8]) -> Result<Self, FeedbackError> {
        let text = String::from_utf8_lossy(message);
        Self::read(&text).ok_or_else(|| FeedbackError(text.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn symbol() -> String {
        "gain".into()
    }

    #[test]
    fn golden_lines() {
        let uri = || "urn:p".to_owned();
        let cases = [
            (
                Feedback::ParamSet { instance: 0, symbol: symbol(), value: 3.622_047 },
                "param_set 0 gain 3.622047",
            ),
            (Feedback::ParamState { instance: 2, symbol: symbol(), state: 1 }, "param_state 2 gain 1"),
            (
                Feedback::OutputSet { instance: 5, symbol: symbol(), value: -0.5 },
                "output_set 5 gain -0.500000",
            ),
            (Feedback::AudioMonitor { index: 1, peak: 0.25 }, "audio_monitor 1 0.250000"),
            (
                Feedback::MidiMapped {
                    instance: 0,
                    symbol: symbol(),
                    channel: 0,
                    controller: 7,
                    value: -4.881_889,
                    minimum: -20.0,
                    maximum: 10.0,
                },
                "midi_mapped 0 gain 0 7 -4.881889 -20.000000 10.000000",
            ),
            (
                Feedback::MidiControlChange { channel: 3, controller: 64, value: 127 },
                "midi_control_change 3 64 127",
            ),
            (Feedback::MidiProgramChange { program: 9, channel: 15 }, "midi_program_change 9 15"),
            (Feedback::Transport { rolling: true, bpb: 3.0, bpm: 97.5 }, "transport 1 3.000000 97.500000"),
            (
                Feedback::PatchSet { instance: 4, property: uri(), value: PatchValue::Path("/a b".into()) },
                "patch_set 4 urn:p p /a b",
            ),
            (Feedback::Log { level: 2, text: "two words\n".into() }, "log 2 two words\n"),
            (Feedback::CpuLoad { average: 12.5, maximum: 40.0, xruns: 3 }, "cpu_load 12.500000 40.000000 3"),
            (Feedback::DataFinish, "data_finish"),
            (
                Feedback::XFault {
                    instance: 3,
                    uri: uri(),
                    kind: FaultKind::NotFinite,
                    detail: "output port out".into(),
                },
                "x_fault 3 urn:p nan output port out",
            ),
            (Feedback::XPlan { revision: 7, plugins: 5, cause: "commit".into() }, "x_plan 7 5 commit"),
            (Feedback::XXrun { total: 2, instance: -1, uri: "-".into() }, "x_xrun 2 -1 -"),
        ];
        for (feedback, line) in cases {
            assert_eq!(feedback.to_string(), line);
            assert_eq!(Feedback::parse(line.as_bytes()), Ok(feedback));
        }
        let mut bytes = Vec::new();
        Feedback::DataFinish.encode(&mut bytes);
        assert_eq!(bytes, b"data_finish\0");
    }

    #[test]
    fn every_fault_has_a_word_that_reads_back() {
        for (kind, word) in FaultKind::WORDS {
            assert_eq!(kind.word(), word);
            let feedback = Feedback::XFault { instance: -1, uri: "u".into(), kind, detail: String::new() };
            assert_eq!(Feedback::parse(feedback.to_string().as_bytes()), Ok(feedback));
        }
    }

    #[test]
    fn junk_is_refused() {
        for line in
            ["", " ", "param_set", "param_set 0 gain", "param_set 0  1", "param_set 0 gain 1 2", "hello 1"]
        {
            assert!(Feedback::parse(line.as_bytes()).is_err(), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Feedback::parse(&bytes);
        }
    }
}
