//! Why a change does not fit.

use crate::session::board::{ControlPort, Endpoint, Instance};

/// A change does not fit the board that it is applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// No such plugin.
    #[error("there is no plugin {0} on this board")]
    NoPlugin(Instance),
    /// A plugin of this name is there.
    #[error("there is a plugin {0} on this board already; give the new one another name")]
    PluginExists(Instance),
    /// No such control.
    #[error("{0} is no control of this board")]
    NoControl(ControlPort),
    /// No such cable.
    #[error("there is no cable from {0} to {1}")]
    NoCable(Endpoint, Endpoint),
    /// The cable is there.
    #[error("there is a cable from {0} to {1} already")]
    CableExists(Endpoint, Endpoint),
    /// No such snapshot; its number from 0, told from 1 as on the display.
    #[error("there is no snapshot {} on this board", .0 + 1)]
    NoSnapshot(usize),
}
