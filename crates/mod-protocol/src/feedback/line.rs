//! A line of feedback, read and written.

use super::{FaultKind, Feedback};
use crate::{PatchType, PatchValue, c_float};

impl Feedback {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = Words(Some(text));
        let feedback = match words.word()? {
            "param_set" => {
                Self::ParamSet { instance: words.next()?, symbol: words.text()?, value: words.next()? }
            }
            "param_state" => {
                Self::ParamState { instance: words.next()?, symbol: words.text()?, state: words.next()? }
            }
            "output_set" => {
                Self::OutputSet { instance: words.next()?, symbol: words.text()?, value: words.next()? }
            }
            "audio_monitor" => Self::AudioMonitor { index: words.next()?, peak: words.next()? },
            "midi_mapped" => Self::MidiMapped {
                instance: words.next()?,
                symbol: words.text()?,
                channel: words.next()?,
                controller: words.next()?,
                value: words.next()?,
                minimum: words.next()?,
                maximum: words.next()?,
            },
            "midi_control_change" => Self::MidiControlChange {
                channel: words.next()?,
                controller: words.next()?,
                value: words.next()?,
            },
            "midi_program_change" => {
                Self::MidiProgramChange { program: words.next()?, channel: words.next()? }
            }
            "transport" => {
                Self::Transport { rolling: words.next::<i32>()? != 0, bpb: words.next()?, bpm: words.next()? }
            }
            "patch_set" => {
                let (instance, property) = (words.next()?, words.text()?);
                let kind = PatchType::from_letter(words.word()?)?;
                Self::PatchSet { instance, property, value: PatchValue::from_text(kind, words.rest()).ok()? }
            }
            "log" => Self::Log { level: words.next()?, text: words.rest().to_owned() },
            "cpu_load" => {
                Self::CpuLoad { average: words.next()?, maximum: words.next()?, xruns: words.next()? }
            }
            "data_finish" => Self::DataFinish,
            "x_fault" => {
                let (instance, uri, word) = (words.next()?, words.text()?, words.word()?);
                let (kind, _) = FaultKind::WORDS.into_iter().find(|(_, known)| *known == word)?;
                Self::XFault { instance, uri, kind, detail: words.rest().to_owned() }
            }
            "x_plan" => Self::XPlan {
                revision: words.next()?,
                plugins: words.next()?,
                cause: words.rest().to_owned(),
            },
            "x_xrun" => Self::XXrun { total: words.next()?, instance: words.next()?, uri: words.text()? },
            _ => return None,
        };
        words.0.is_none().then_some(feedback)
    }
}

/// The words of a line that are not read yet; `None` at the end of the line.
struct Words<'a>(Option<&'a str>);

impl<'a> Words<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let text = self.0?;
        let (word, rest) = match text.split_once(' ') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        self.0 = rest;
        Some(word)
    }

    fn text(&mut self) -> Option<String> {
        self.word().filter(|word| !word.is_empty()).map(str::to_owned)
    }

    fn next<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.word()?.parse().ok()
    }

    fn rest(&mut self) -> &'a str {
        self.0.take().unwrap_or("")
    }
}

/// The line, without the NUL.
impl std::fmt::Display for Feedback {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let f = |value: f32| c_float(value.into(), 6);
        match self {
            Self::ParamSet { instance, symbol, value } => {
                write!(out, "param_set {instance} {symbol} {}", f(*value))
            }
            Self::ParamState { instance, symbol, state } => {
                write!(out, "param_state {instance} {symbol} {state}")
            }
            Self::OutputSet { instance, symbol, value } => {
                write!(out, "output_set {instance} {symbol} {}", f(*value))
            }
            Self::AudioMonitor { index, peak } => write!(out, "audio_monitor {index} {}", f(*peak)),
            Self::MidiMapped { instance, symbol, channel, controller, value, minimum, maximum } => write!(
                out,
                "midi_mapped {instance} {symbol} {channel} {controller} {} {} {}",
                f(*value),
                f(*minimum),
                f(*maximum)
            ),
            Self::MidiControlChange { channel, controller, value } => {
                write!(out, "midi_control_change {channel} {controller} {value}")
            }
            Self::MidiProgramChange { program, channel } => {
                write!(out, "midi_program_change {program} {channel}")
            }
            Self::Transport { rolling, bpb, bpm } => {
                write!(out, "transport {} {} {}", u8::from(*rolling), c_float(*bpb, 6), c_float(*bpm, 6))
            }
            Self::PatchSet { instance, property, value } => {
                write!(out, "patch_set {instance} {property} {} {value}", value.kind().letter())
            }
            Self::Log { level, text } => write!(out, "log {level} {text}"),
            Self::CpuLoad { average, maximum, xruns } => {
                write!(out, "cpu_load {} {} {xruns}", f(*average), f(*maximum))
            }
            Self::DataFinish => out.write_str("data_finish"),
            Self::XFault { instance, uri, kind, detail } => {
                write!(out, "x_fault {instance} {uri} {} {detail}", kind.word())
            }
            Self::XPlan { revision, plugins, cause } => write!(out, "x_plan {revision} {plugins} {cause}"),
            Self::XXrun { total, instance, uri } => write!(out, "x_xrun {total} {instance} {uri}"),
        }
    }
}
