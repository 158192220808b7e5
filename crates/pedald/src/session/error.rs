//! Why an intent was not done, in sentences for the player.

use std::path::PathBuf;

use super::board::{ControlPort, Endpoint, Instance};
use super::change::ChangeError;

/// Why an intent was not done. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// It does not fit the board.
    #[error(transparent)]
    Board(#[from] ChangeError),
    /// The plugin is not installed.
    #[error("no plugin {0} is installed; install the package that brings it, or look at LV2_PATH")]
    UnknownPlugin(String),
    /// A name that cannot be one.
    #[error("`{0}` cannot be the name of a plugin: letters, digits and _ only")]
    BadName(String),
    /// A plugin that has no such port, or not of this direction.
    #[error("{port} cannot be the {end} of a cable")]
    BadPort {
        /// The port.
        port: Endpoint,
        /// `start` or `end`.
        end: &'static str,
    },
    /// No such control.
    #[error("there is no control {0} on this board")]
    NoControl(ControlPort),
    /// No such parameter.
    #[error("{instance} has no parameter {uri} that can be set")]
    NoParameter {
        /// The plugin.
        instance: Instance,
        /// URI of the property.
        uri: String,
    },
    /// No such snapshot; its number from 0, told from 1 as on the display.
    #[error("there is no snapshot {} on this board", .0 + 1)]
    NoSnapshot(usize),
    /// The board has none.
    #[error("this board has no snapshots; save one first")]
    NoSnapshots,
    /// The last snapshot stays.
    #[error("this is the board's only snapshot; it stays")]
    LastSnapshot,
    /// A blend that cannot be.
    #[error("the blend `{name}` cannot be used: {reason}")]
    BadMorph {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// None is running.
    #[error("no blend is running; begin one first")]
    NoMorph,
    /// Nothing to go to.
    #[error("there is no other board in this bank")]
    NoBoards,
    /// No such board.
    #[error("{0} is not among the boards; is it on the disk?")]
    UnknownBoard(PathBuf),
    /// No such bank; its number from 0, told from 1.
    #[error("there is no bank {}", .0 + 1)]
    NoBank(usize),
    /// Loading failed; the old board plays on.
    #[error("the board {board} could not be loaded: {reason}. The old board plays on")]
    Load {
        /// Its title or bundle.
        board: String,
        /// Why.
        reason: String,
    },
    /// Another load came in between.
    #[error("the board {0} was not loaded: another was asked for meanwhile")]
    Superseded(String),
    /// Saving failed; what is on the disk is as before.
    #[error("the board {board} could not be saved: {reason}. What is on the disk is as before")]
    Save {
        /// Its title.
        board: String,
        /// Why.
        reason: String,
    },
    /// Something else on the disk failed.
    #[error("{what}: {reason}")]
    Disk {
        /// What failed, on what.
        what: String,
        /// Why.
        reason: String,
    },
    /// The engine refused.
    #[error("the engine refused to {what}: {reason}")]
    Engine {
        /// What it was to do.
        what: String,
        /// Its reason.
        reason: String,
    },
    /// The engine is away.
    #[error("the engine is not running ({0}); it is tried again every second")]
    NoEngine(String),
    /// It takes commands and answers none.
    #[error(
        "the engine does not answer: it was to {what}, and was waited for {seconds} s. It is connected anew"
    )]
    NoAnswer {
        /// What it was to do.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// More is waiting than can wait.
    #[error("{0} wishes wait already for the board on its way; ask again when it sounds")]
    TooMany(usize),
    /// There is nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// There is nothing to redo.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// Not there on this system.
    #[error("{what} is not possible here: {reason}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// Why it cannot be.
        reason: String,
    },
    /// The session has ended.
    #[error("the session has ended")]
    Closed,
}

impl SessionError {
    /// Whether it answers a single press of a switch, so that the player should read it; others come with each position
    /// of a pedal.
    pub(super) fn is_of_a_press(&self) -> bool {
        matches!(
            self,
            Self::NoSnapshot(_)
                | Self::NoSnapshots
                | Self::LastSnapshot
                | Self::NoBoards
                | Self::NoBank(_)
                | Self::NothingToUndo
                | Self::NothingToRedo
                | Self::TooMany(_)
                | Self::Unsupported { .. }
        )
    }
}
