//! Names of plugins and ports, as mod-ui writes them: `/graph/<label>`, `/graph/<label>/<symbol>`, `/graph/capture_1`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What stands before every name on the wire.
const ROOT: &str = "/graph/";

/// The pseudo-plugin that stands for the whole board: its controls are `:bpm`, `:bpb` and `:rolling`.
const BOARD: &str = "pedalboard";

/// A plugin's name on its board: the label without `/graph/`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instance(Arc<str>);

impl Instance {
    /// From a label (`gain_1`) or a path (`/graph/gain_1`).
    pub fn new(name: &str) -> Self {
        Self(name.strip_prefix(ROOT).unwrap_or(name).trim_matches('/').into())
    }

    /// The board itself; its controls are `:bpm`, `:bpb` and `:rolling`.
    pub fn board() -> Self {
        Self(BOARD.into())
    }

    /// Whether it stands for the board itself.
    pub fn is_board(&self) -> bool {
        &*self.0 == BOARD
    }

    /// The label, without `/graph/`.
    pub fn label(&self) -> &str {
        &self.0
    }

    /// The name as REST and WebSocket write it, `/graph/<label>`; `/pedalboard` for the board.
    pub fn path(&self) -> String {
        if self.is_board() { format!("/{BOARD}") } else { format!("{ROOT}{}", self.0) }
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Instance {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// A control of a plugin: a control input by its symbol, or `:bypass`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ControlPort {
    /// The plugin, or [`Instance::board`].
    pub instance: Instance,
    /// Symbol of the control input; `:bypass` for the bypass.
    pub symbol: Arc<str>,
}

impl ControlPort {
    /// The symbol that stands for the bypass.
    pub const BYPASS: &'static str = ":bypass";

    /// From a plugin and a symbol.
    pub fn new(instance: impl Into<Instance>, symbol: &str) -> Self {
        Self { instance: instance.into(), symbol: symbol.into() }
    }

    /// The bypass of a plugin.
    pub fn bypass(instance: impl Into<Instance>) -> Self {
        Self::new(instance, Self::BYPASS)
    }

    /// From `/graph/<label>/<symbol>`, `<label>/<symbol>` or `/pedalboard/:bpm`.
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix(ROOT).unwrap_or(path).trim_start_matches('/');
        let (instance, symbol) = path.rsplit_once('/')?;
        (!instance.is_empty() && !symbol.is_empty()).then(|| Self::new(instance, symbol))
    }

    /// Whether it is the bypass.
    pub fn is_bypass(&self) -> bool {
        &*self.symbol == Self::BYPASS
    }

    /// `/graph/<label>/<symbol>`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.instance.path(), self.symbol)
    }
}

impl fmt::Display for ControlPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.instance, self.symbol)
    }
}

/// One end of a cable: a port of a plugin, or one of the hardware (`capture_1`, `playback_2`, `serial_midi_in`, …).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Endpoint {
    /// A port of a plugin.
    Plugin {
        /// The plugin.
        instance: Instance,
        /// Symbol of the port.
        symbol: Arc<str>,
    },
    /// A port outside of the board, by mod-ui's name.
    System(Arc<str>),
}

impl Endpoint {
    /// From `/graph/<label>/<symbol>`, `<label>/<symbol>`, `/graph/capture_1` or `capture_1`.
    pub fn parse(path: &str) -> Self {
        let path = path.strip_prefix(ROOT).unwrap_or(path).trim_matches('/');
        match path.rsplit_once('/') {
            Some((instance, symbol)) => {
                Self::Plugin { instance: Instance::new(instance), symbol: symbol.into() }
            }
            None => Self::System(path.into()),
        }
    }

    /// A port of a plugin.
    pub fn plugin(instance: impl Into<Instance>, symbol: &str) -> Self {
        Self::Plugin { instance: instance.into(), symbol: symbol.into() }
    }

    /// A port of the hardware.
    pub fn system(name: &str) -> Self {
        Self::System(name.into())
    }

    /// The plugin it belongs to, if any.
    pub fn instance(&self) -> Option<&Instance> {
        match self {
            Self::Plugin { instance, .. } => Some(instance),
            Self::System(_) => None,
        }
    }

    /// The name within a bundle: without `/graph/`.
    pub fn relative(&self) -> String {
        match self {
            Self::Plugin { instance, symbol } => format!("{instance}/{symbol}"),
            Self::System(name) => name.to_string(),
        }
    }

    /// The name as REST and WebSocket write it.
    pub fn path(&self) -> String {
        format!("{ROOT}{}", self.relative())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.relative())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_and_without_their_root() {
        assert_eq!(Instance::new("/graph/gain_1"), Instance::new("gain_1"));
        assert_eq!(Instance::new("gain_1").path(), "/graph/gain_1");
        let port = ControlPort::parse("/graph/gain_1/level").expect("a port");
        assert_eq!(port, ControlPort::new("gain_1", "level"));
        assert_eq!(port.path(), "/graph/gain_1/level");
        assert_eq!(ControlPort::parse("/graph/gain"), None);
        let tempo = ControlPort::parse("/pedalboard/:bpm").expect("a port");
        assert!(tempo.instance.is_board());
        assert_eq!(tempo.path(), "/pedalboard/:bpm");
        assert_eq!(Endpoint::parse("/graph/capture_1"), Endpoint::system("capture_1"));
        assert_eq!(Endpoint::parse("gain_1/in"), Endpoint::plugin("gain_1", "in"));
        assert_eq!(Endpoint::parse("gain_1/in").path(), "/graph/gain_1/in");
    }
}
