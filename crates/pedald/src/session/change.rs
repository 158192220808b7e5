//! The smallest edits of a board. Each can be applied to any copy, and knows what takes it back.

mod error;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;

use super::board::{
    Addressing, Board, ControlPort, Endpoint, Instance, MidiBinding, Plugin, Snapshot, Tempo, Value,
};

pub use error::ChangeError;

/// One edit of the board that has happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A plugin came, without its cables.
    PluginAdded {
        /// Its place in the list.
        at: usize,
        /// The plugin.
        plugin: Arc<Plugin>,
    },
    /// A plugin went; its cables and addressings went before it.
    PluginRemoved {
        /// The plugin.
        instance: Instance,
    },
    /// A plugin was moved on the drawing.
    PluginMoved {
        /// The plugin.
        instance: Instance,
        /// x and y in pixels.
        position: (f64, f64),
    },
    /// A cable came.
    Connected {
        /// Its place in the list.
        at: usize,
        /// Where it starts.
        source: Endpoint,
        /// Where it ends.
        target: Endpoint,
    },
    /// A cable went.
    Disconnected {
        /// Where it started.
        source: Endpoint,
        /// Where it ended.
        target: Endpoint,
    },
    /// A control, a bypass (`:bypass`, 0 or 1) or the tempo has this value.
    ValueSet {
        /// The control.
        port: ControlPort,
        /// Its value.
        value: f32,
    },
    /// A plugin's preset.
    PresetSet {
        /// The plugin.
        instance: Instance,
        /// URI of the preset.
        preset: Option<String>,
    },
    /// An LV2 parameter.
    ParameterSet {
        /// The plugin.
        instance: Instance,
        /// URI of the property.
        uri: String,
        /// Its value; `None` when it was never set.
        value: Option<Value>,
    },
    /// A MIDI binding.
    BindingSet {
        /// The control.
        port: ControlPort,
        /// What drives it.
        binding: Option<MidiBinding>,
    },
    /// All addressings of an actuator other than MIDI.
    AddressingsSet {
        /// URI of the actuator.
        actuator: String,
        /// What it drives.
        list: Vec<Addressing>,
    },
    /// A snapshot came; those behind it moved up.
    SnapshotInserted {
        /// Its number.
        at: usize,
        /// The snapshot.
        snapshot: Arc<Snapshot>,
    },
    /// A snapshot went; those behind it moved down.
    SnapshotRemoved {
        /// Its number.
        at: usize,
    },
    /// A snapshot has another content or name.
    SnapshotReplaced {
        /// Its number.
        at: usize,
        /// The snapshot.
        snapshot: Arc<Snapshot>,
    },
    /// The snapshot that was chosen last.
    SnapshotChosen {
        /// Its number.
        at: Option<usize>,
    },
    /// Tempo and bar.
    TempoSet {
        /// The tempo.
        tempo: Tempo,
    },
    /// The title.
    TitleSet {
        /// The title.
        title: String,
    },
    /// Size of the drawing.
    Resized {
        /// Width and height in pixels.
        size: (u32, u32),
    },
    /// How MIDI devices are put together.
    MidiModeSet {
        /// Whether they are kept apart.
        separated: bool,
        /// Whether what we send comes back to us.
        loopback: bool,
    },
}

impl Change {
    /// Applies the change. Returns what takes it back; on an error the board is as before.
    pub fn apply(&self, board: &mut Board) -> Result<Self, ChangeError> {
        Ok(match self {
            Self::PluginAdded { at, plugin } => {
                if board.plugin(&plugin.instance).is_some() {
                    return Err(ChangeError::PluginExists(plugin.instance.clone()));
                }
                let at = (*at).min(board.plugins.len());
                board.plugins.insert(at, plugin.clone());
                Self::PluginRemoved { instance: plugin.instance.clone() }
            }
            Self::PluginRemoved { instance } => {
                let at = place(board, instance)?;
                Self::PluginAdded { at, plugin: board.plugins.remove(at) }
            }
            Self::PluginMoved { instance, position } => {
                let old = std::mem::replace(&mut plugin(board, instance)?.position, *position);
                Self::PluginMoved { instance: instance.clone(), position: old }
            }
            Self::Connected { at, source, target } => {
                if cable(board, source, target).is_some() {
                    return Err(ChangeError::CableExists(source.clone(), target.clone()));
                }
                let at = (*at).min(board.connections.len());
                board.connections.insert(at, (source.clone(), target.clone()));
                Self::Disconnected { source: source.clone(), target: target.clone() }
            }
            Self::Disconnected { source, target } => {
                let at = cable(board, source, target)
                    .ok_or_else(|| ChangeError::NoCable(source.clone(), target.clone()))?;
                let (source, target) = board.connections.remove(at);
                Self::Connected { at, source, target }
            }
            Self::ValueSet { port, value } => {
                let tempo = board.tempo;
                let old = set_value(board, port, *value)?;
                if board.tempo == tempo {
                    Self::ValueSet { port: port.clone(), value: old }
                } else {
                    // a control has fewer digits than the tempo: by its value it would not come back exactly
                    Self::TempoSet { tempo }
                }
            }
            Self::PresetSet { instance, preset } => {
                let old = std::mem::replace(&mut plugin(board, instance)?.preset, preset.clone());
                Self::PresetSet { instance: instance.clone(), preset: old }
            }
            Self::ParameterSet { instance, uri, value } => {
                let parameters = &mut plugin(board, instance)?.parameters;
                let old = match value {
                    Some(value) => parameters.insert(uri.clone(), value.clone()),
                    None => parameters.remove(uri),
                };
                Self::ParameterSet { instance: instance.clone(), uri: uri.clone(), value: old }
            }
            Self::BindingSet { port, binding } => {
                if board.value(port).is_none() {
                    return Err(ChangeError::NoControl(port.clone()));
                }
                let bindings = if port.instance.is_board() {
                    &mut board.tempo_midi
                } else {
                    &mut plugin(board, &port.instance)?.midi
                };
                let old = match binding {
                    Some(binding) => bindings.insert(port.symbol.clone(), *binding),
                    None => bindings.remove(&port.symbol),
                };
                Self::BindingSet { port: port.clone(), binding: old }
            }
            Self::AddressingsSet { actuator, list } => {
                let old = if list.is_empty() {
                    board.addressings.remove(actuator)
                } else {
                    board.addressings.insert(actuator.clone(), list.clone())
                };
                Self::AddressingsSet { actuator: actuator.clone(), list: old.unwrap_or_default() }
            }
            Self::SnapshotInserted { at, snapshot } => {
                let at = (*at).min(board.snapshots.len());
                board.snapshots.insert(at, snapshot.clone());
                Self::SnapshotRemoved { at }
            }
            Self::SnapshotRemoved { at } => {
                if *at >= board.snapshots.len() {
                    return Err(ChangeError::NoSnapshot(*at));
                }
                Self::SnapshotInserted { at: *at, snapshot: board.snapshots.remove(*at) }
            }
            Self::SnapshotReplaced { at, snapshot } => {
                let place = board.snapshots.get_mut(*at).ok_or(ChangeError::NoSnapshot(*at))?;
                Self::SnapshotReplaced { at: *at, snapshot: std::mem::replace(place, snapshot.clone()) }
            }
            Self::SnapshotChosen { at } => {
                Self::SnapshotChosen { at: std::mem::replace(&mut board.snapshot, *at) }
            }
            Self::TempoSet { tempo } => Self::TempoSet { tempo: std::mem::replace(&mut board.tempo, *tempo) },
            Self::TitleSet { title } => {
                Self::TitleSet { title: std::mem::replace(&mut board.title, title.clone()) }
            }
            Self::Resized { size } => Self::Resized { size: std::mem::replace(&mut board.size, *size) },
            Self::MidiModeSet { separated, loopback } => {
                let old =
                    Self::MidiModeSet { separated: board.midi_separated, loopback: board.midi_loopback };
                (board.midi_separated, board.midi_loopback) = (*separated, *loopback);
                old
            }
        })
    }

    /// Whether it needs another plan in the engine.
    pub fn is_structural(&self) -> bool {
        matches!(
            self,
            Self::PluginAdded { .. }
                | Self::PluginRemoved { .. }
                | Self::Connected { .. }
                | Self::Disconnected { .. }
        )
    }
}

fn place(board: &Board, instance: &Instance) -> Result<usize, ChangeError> {
    let at = board.plugins.iter().position(|plugin| plugin.instance == *instance);
    at.ok_or_else(|| ChangeError::NoPlugin(instance.clone()))
}

fn plugin<'a>(board: &'a mut Board, instance: &Instance) -> Result<&'a mut Plugin, ChangeError> {
    let at = place(board, instance)?;
    Ok(Arc::make_mut(&mut board.plugins[at]))
}

fn cable(board: &Board, source: &Endpoint, target: &Endpoint) -> Option<usize> {
    board.connections.iter().position(|(from, to)| from == source && to == target)
}

fn set_value(board: &mut Board, port: &ControlPort, value: f32) -> Result<f32, ChangeError> {
    let missing = || ChangeError::NoControl(port.clone());
    if port.instance.is_board() {
        let old = board.tempo.control(&port.symbol).ok_or_else(missing)?;
        board.tempo = board.tempo.with(&port.symbol, value).ok_or_else(missing)?;
        return Ok(old);
    }
    let plugin = plugin(board, &port.instance)?;
    if port.is_bypass() {
        let old = std::mem::replace(&mut plugin.bypassed, value >= 0.5);
        return Ok(f32::from(u8::from(old)));
    }
    let place = plugin.values.get_mut(&port.symbol).ok_or_else(missing)?;
    Ok(std::mem::replace(place, value))
}
