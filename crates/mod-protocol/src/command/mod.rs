//! Every command: one variant each, read and written by the same table.

mod making;
mod table;
mod types;

pub use table::Command;
pub use types::{
    Comparison, CvMode, FaultPolicy, Feature, ParamValue, PluginSpec, Processing, ScalePoint, SnapshotValue,
    SyncMode,
};

use crate::field::Arguments;
use crate::{ErrorCode, ParseError, encode_message, tokenise};

/// How a command answers when it succeeds. A failure is `resp <negative>` in every style but
/// [`ReplyStyle::Inverted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyStyle {
    /// `resp 0`.
    Status,
    /// `resp <instance>`.
    Instance,
    /// `resp 1`; a failure is `resp 0`.
    Inverted,
    /// `resp 0 <float>`.
    Float,
    /// Bare text.
    Text,
    /// No answer.
    Silent,
}

impl Command {
    /// Reads one message without its NUL. The error's reply is `Reply::from(error)`.
    ///
    /// Numbers of mod-host's commands are read as C does (garbage is 0); those of the extensions must be well
    /// formed. Arguments behind a counted list of a mod-host command are ignored, as mod-host does.
    pub fn parse(message: &[u8]) -> Result<Self, ParseError> {
        let text = String::from_utf8_lossy(message);
        let tokens = tokenise(&text);
        let (name, rest) = tokens.split_first().ok_or(ParseError::NotFound)?;
        let strict = name.starts_with("x_");
        let mut arguments = Arguments::new(rest, strict);
        let command = Self::read(name, &mut arguments)?;
        if strict && arguments.remaining() > 0 {
            return Err(ParseError::ManyArguments);
        }
        command.check().map(|()| command)
    }

    /// Appends the command with its NUL.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_message(&self.to_string(), out);
    }

    /// The command with its NUL.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    /// How the command answers when it succeeds.
    pub fn reply_style(&self) -> ReplyStyle {
        match self {
            Self::Add { .. } | Self::Preload { .. } => ReplyStyle::Instance,
            Self::MultiAdd { plugins } | Self::MultiPreload { plugins } if plugins.len() == 1 => {
                ReplyStyle::Instance
            }
            Self::MonitorOutput { .. }
            | Self::MonitorOutputOff { .. }
            | Self::MidiLearn { .. }
            | Self::MidiMap { .. }
            | Self::MidiUnmap { .. } => ReplyStyle::Inverted,
            Self::ParamGet { .. } | Self::CpuLoad {} | Self::MaxCpuLoad {} => ReplyStyle::Float,
            Self::PresetShow { .. }
            | Self::Licensee { .. }
            | Self::XVersion {}
            | Self::XMeters {}
            | Self::XStats {}
            | Self::XCost { .. }
            | Self::XLoad { .. }
            | Self::XPreload { .. }
            | Self::XSwap { .. }
            | Self::XUnload { .. }
            | Self::XBoard {} => ReplyStyle::Text,
            Self::Help {} | Self::Load { .. } => ReplyStyle::Silent,
            _ => ReplyStyle::Status,
        }
    }

    /// What can be refused without a host.
    fn check(&self) -> Result<(), ParseError> {
        let valid = match self {
            Self::MultiAdd { plugins } | Self::MultiPreload { plugins } => !plugins.is_empty(),
            Self::MultiRemove { instances }
            | Self::MultiActivate { instances, .. }
            | Self::MultiBypass { instances, .. }
            | Self::MultiParamSet { instances, .. }
            | Self::MultiParamsFlush { instances, .. }
            | Self::MultiPreRun { instances, .. } => !instances.is_empty(),
            Self::CcMap { scale_points, .. } => scale_points.len() != 1,
            _ => true,
        };
        if valid { Ok(()) } else { Err(ParseError::Refused(ErrorCode::AssignmentInvalid)) }
    }
}

/// The command's line, without the NUL.
impl std::fmt::Display for Command {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut line = String::new();
        self.write(&mut line);
        formatter.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::Union;

    fn any_command() -> impl Strategy<Value = Command> {
        Union::new(Command::strategies()).prop_filter("accepted", |command| command.check().is_ok())
    }

    #[test]
    fn names_are_unique_and_complete() {
        let mut names = Command::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Command::NAMES.len());
        assert_eq!(Command::strategies().len(), names.len());
        assert_eq!(names.iter().filter(|name| name.starts_with("x_")).count(), 19);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn every_command_round_trips(command in any_command()) {
            let bytes = command.to_bytes();
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == 0).count(), 1);
            prop_assert_eq!(Command::parse(&bytes[..bytes.len() - 1]), Ok(command));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(command) = Command::parse(&bytes) {
                let again = command.to_bytes();
                prop_assert_eq!(Command::parse(&again[..again.len() - 1]), Ok(command));
            }
        }

        #[test]
        fn any_arguments_are_read_without_a_panic(
            name in proptest::sample::select(Command::NAMES.to_vec()),
            rest in r#"( (-?[0-9]{1,10}|[a-z:]{0,6}|"[a "\\]{0,5}|[+b=<>!-]{1,2}|nan|1e40)){0,12}"#,
        ) {
            let line = format!("{name}{rest}");
            if let Ok(command) = Command::parse(line.as_bytes()) {
                let again = command.to_bytes();
                prop_assert_eq!(Command::parse(&again[..again.len() - 1]), Ok(command));
            }
        }
    }
}
