//! Edits of the graph that are made as one.

use serde::{Deserialize, Serialize};

use crate::session::board::{Endpoint, Instance};

/// One of the edits of [`Intent::Arrange`](super::Intent::Arrange).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Puts a plugin on the board.
    Add {
        /// Its name, not in use yet.
        instance: Instance,
        /// URI of an installed plugin.
        uri: String,
        /// Place on the drawing in pixels.
        position: (f64, f64),
        /// Controls that shall not have their defaults, by symbol.
        #[serde(default)]
        values: Vec<(String, f32)>,
        /// Whether it comes bypassed.
        #[serde(default)]
        bypassed: bool,
    },
    /// Takes a plugin off, with its cables and addressings.
    Remove {
        /// The plugin.
        instance: Instance,
    },
    /// Moves a plugin on the drawing.
    Move {
        /// The plugin.
        instance: Instance,
        /// x and y in pixels.
        position: (f64, f64),
    },
    /// Connects two ports.
    Connect {
        /// Where the cable starts.
        source: Endpoint,
        /// Where it ends.
        target: Endpoint,
    },
    /// Takes a cable away.
    Disconnect {
        /// Where it starts.
        source: Endpoint,
        /// Where it ends.
        target: Endpoint,
    },
}
