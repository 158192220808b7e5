//! Why a command failed, and with which exit code.

use crate::backend::StartError;
use std::fmt::Display;
use std::process::ExitCode;

/// A message for stderr and an exit code.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Something went wrong while running: 1.
    pub(super) fn run(message: impl Display) -> Self {
        Self { code: 1, message: message.to_string() }
    }

    /// The command line is wrong: 64, `EX_USAGE`.
    pub(super) fn usage(message: impl Display) -> Self {
        Self { code: 64, message: message.to_string() }
    }

    /// The command line is well formed but cannot work, however often it is tried (a bad board, a rate that no card has):
    /// 78, `EX_CONFIG`. A service manager should not try again.
    pub(super) fn config(message: impl Display) -> Self {
        Self { code: 78, message: message.to_string() }
    }

    /// Prints the message and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        let message = self.message.trim_end();
        // clap's messages begin with `error:` themselves.
        let prefix = if message.starts_with("error:") { "" } else { "error: " };
        eprintln!("{prefix}{message}");
        ExitCode::from(self.code)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::OutOfRange { .. } | StartError::NameClash(_) | StartError::NotBuilt(_) => {
                Self::config(error)
            }
            _ => Self::run(error),
        }
    }
}
