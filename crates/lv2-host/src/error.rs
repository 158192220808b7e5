//! What can go wrong, one type for each operation.

use std::path::PathBuf;

/// The world of plugins cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// lilv gives no world.
    #[error("lilv cannot set up its model of the installed plugins: is there memory left?")]
    NoWorld,
}

/// A plugin cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstantiateError {
    /// No installed bundle has it.
    #[error("no installed bundle has the plugin {plugin}: install it, or add its bundle")]
    NotFound {
        /// URI of the plugin.
        plugin: String,
    },
    /// It requires what this host does not have.
    #[error("the plugin {plugin} requires the feature {feature}, which this host does not have")]
    UnsupportedFeature {
        /// URI of the plugin.
        plugin: String,
        /// URI of the feature.
        feature: String,
    },
    /// It requires to be told what this host does not tell.
    #[error("the plugin {plugin} requires the option {option}, which this host does not have")]
    UnsupportedOption {
        /// URI of the plugin.
        plugin: String,
        /// URI of the option.
        option: String,
    },
    /// It has a port that cannot be left alone and is of an unknown type.
    #[error("the port {symbol} of the plugin {plugin} is of a type that this host cannot connect")]
    UnsupportedPort {
        /// URI of the plugin.
        plugin: String,
        /// Symbol of the port.
        symbol: String,
    },
    /// Its shared library is missing.
    #[error("the library {binary:?} of the plugin {plugin} does not exist: reinstall its bundle")]
    NoBinary {
        /// URI of the plugin.
        plugin: String,
        /// Path of the library; empty when the bundle names none.
        binary: PathBuf,
    },
    /// Its library cannot be loaded or its `instantiate` gave nothing.
    #[error("the plugin {plugin} refuses to start{}", because(said))]
    Refused {
        /// URI of the plugin.
        plugin: String,
        /// What it logged, or empty.
        said: String,
    },
    /// The thread for its worker cannot be started.
    #[error("no thread for the worker of the plugin {plugin}: {source}; are too many threads running?")]
    Worker {
        /// URI of the plugin.
        plugin: String,
        /// What the system said.
        source: std::io::Error,
    },
}

fn because(said: &str) -> String {
    if said.is_empty() {
        "; does its library fit this machine (see `ldd`)?".into()
    } else {
        format!(": it says \"{said}\"")
    }
}

/// A state cannot be saved, loaded or restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// No such preset or state.
    #[error("there is no state {state}: list the plugin's presets, or add the bundle that has it")]
    NotFound {
        /// URI or path.
        state: String,
    },
    /// It belongs to another plugin.
    #[error("the state is of the plugin {state}, not of {plugin}")]
    WrongPlugin {
        /// URI of the plugin that it was given to.
        plugin: String,
        /// URI of the plugin that it is of.
        state: String,
    },
    /// The plugin gave no state.
    #[error("the plugin {plugin} gave no state to save")]
    NotSaved {
        /// URI of the plugin.
        plugin: String,
    },
    /// A file could not be written.
    #[error("cannot write the state into {path:?}: {source}")]
    Write {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A value cannot be read as what a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The parameter's type is not one of those that can be set by text.
    #[error("values of the type {range:?} cannot be set by text")]
    UnknownRange {
        /// URI of the type.
        range: String,
    },
    /// The text does not fit the type.
    #[error("{text:?} is not a value of the type {range}")]
    Malformed {
        /// The text.
        text: String,
        /// URI of the type.
        range: String,
    },
}
