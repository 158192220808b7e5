//! Who asks, and where to.

use serde::{Deserialize, Serialize};

/// Who asks. Events carry it, so that a client can leave out what it has done itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A footswitch, encoder or pedal of the hardware.
    Hardware,
    /// The LCD's menus and dialogs.
    Display,
    /// MIDI that this program receives.
    Midi,
    /// OSC.
    Osc,
    /// A WebSocket client; each connection has its own number.
    Web(u64),
    /// A REST request.
    Rest,
    /// The engine (MIDI that it receives, plugins that move their own controls).
    Engine,
    /// The session itself.
    Session,
}

impl Source {
    /// Whether values set by it are edits, to be undone and saved. The others play: what they move is neither.
    pub fn edits(self) -> bool {
        matches!(self, Self::Display | Self::Web(_) | Self::Rest)
    }
}

/// Forward, back, or to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The next one, after the last the first.
    Next,
    /// The one before, before the first the last.
    Previous,
    /// This one, from 0.
    To(usize),
}
