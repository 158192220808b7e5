//! pi-Stomp's configuration files: read strictly, every problem with its line.

mod blend;
mod controls;
mod keeper;
mod read;
mod settings;
mod templates;
mod tree;

pub use blend::{Blend, Curve, Stop};
pub use controls::{
    ACTIONS, Action, AnalogConfig, Config, EncoderConfig, ExternalMidi, Field, FootConfig, Snapshot,
};
pub use keeper::Keeper;
pub use settings::{ActOn, Calibration, Settings, Travel};
pub use templates::template;

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what may stand there.
    pub message: String,
}

/// A file cannot be used. All its problems are listed, in the order of their lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(|one| format!("line {}: {}", one.line, one.message)).collect::<Vec<_>>().join("; "))]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    fn one(line: usize, message: impl Into<String>) -> Self {
        Self { problems: vec![Problem { line, message: message.into() }] }
    }
}
