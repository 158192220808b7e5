//! The smallest edits of a board. Each can be applied to any copy, and knows what takes it back.

use std::sync::Arc;

use serde::Serialize;

use super::board::{
    Addressing, Board, ControlPort, Endpoint, Instance, MidiBinding, Plugin, Snapshot, Tempo, Value,
};

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
    /// No such snapshot.
    #[error("there is no snapshot {0} on this board")]
    NoSnapshot(usize),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::spec::{ControlSpec, PluginSpec};

    fn board() -> Board {
        let gain = ControlSpec { symbol: "gain".into(), max: 10.0, default: 1.0, ..ControlSpec::default() };
        let spec =
            Arc::new(PluginSpec { uri: "urn:a".into(), controls: vec![gain], ..PluginSpec::default() });
        let mut board = Board::empty();
        for (number, name) in ["a", "b"].into_iter().enumerate() {
            board.plugins.push(Arc::new(Plugin::new(name.into(), number as i32, spec.clone())));
        }
        board.connections.push((Endpoint::parse("capture_1"), Endpoint::parse("a/in")));
        board.connections.push((Endpoint::parse("a/out"), Endpoint::parse("b/in")));
        board
    }

    #[test]
    fn each_change_is_taken_back_by_its_answer() {
        let start = board();
        let binding = MidiBinding { channel: 13, controller: 60, min: 0.0, max: 1.0 };
        let snapshot = Arc::new(start.capture("Loud"));
        let changes = [
            Change::PluginRemoved { instance: "a".into() },
            Change::PluginAdded {
                at: 1,
                plugin: Arc::new(Plugin { instance: "c".into(), ..(*start.plugins[0]).clone() }),
            },
            Change::PluginMoved { instance: "b".into(), position: (3.0, 4.0) },
            Change::Connected {
                at: 0,
                source: Endpoint::parse("b/out"),
                target: Endpoint::parse("playback_1"),
            },
            Change::Disconnected { source: Endpoint::parse("capture_1"), target: Endpoint::parse("a/in") },
            Change::ValueSet { port: ControlPort::new("a", "gain"), value: 5.0 },
            Change::ValueSet { port: ControlPort::bypass("a"), value: 1.0 },
            Change::ValueSet { port: ControlPort::new(Instance::board(), ":bpm"), value: 90.0 },
            Change::PresetSet { instance: "a".into(), preset: Some("urn:p".into()) },
            Change::ParameterSet {
                instance: "a".into(),
                uri: "urn:file".into(),
                value: Some(Value { kind: 'p', text: "/x".into() }),
            },
            Change::BindingSet { port: ControlPort::new("a", "gain"), binding: Some(binding) },
            Change::BindingSet { port: ControlPort::new(Instance::board(), ":bpm"), binding: Some(binding) },
            Change::SnapshotInserted { at: 1, snapshot: snapshot.clone() },
            Change::SnapshotRemoved { at: 0 },
            Change::SnapshotReplaced { at: 0, snapshot },
            Change::SnapshotChosen { at: None },
            Change::TempoSet { tempo: Tempo { bpm: 90.0, ..Tempo::default() } },
            Change::TitleSet { title: "Lead".into() },
            Change::Resized { size: (10, 20) },
            Change::MidiModeSet { separated: false, loopback: true },
        ];
        for change in changes {
            let mut changed = start.clone();
            let back = change.apply(&mut changed).expect("fits");
            assert_ne!(changed, start, "{change:?}");
            back.apply(&mut changed).expect("fits");
            assert_eq!(changed, start, "{change:?}");
        }
    }

    #[test]
    fn a_tempo_of_many_digits_comes_back_from_a_turned_control() {
        let mut board = board();
        board.tempo.bpm = 97.531_864_2;
        let start = board.clone();
        let turn = Change::ValueSet { port: ControlPort::new(Instance::board(), ":bpm"), value: 140.0 };
        let back = turn.apply(&mut board).expect("fits");
        let forth = back.apply(&mut board).expect("fits");
        assert_eq!(board, start);
        forth.apply(&mut board).expect("fits");
        assert_eq!(board.tempo.bpm, 140.0);
    }

    #[test]
    fn what_does_not_fit_leaves_the_board_alone() {
        let start = board();
        for change in [
            Change::PluginRemoved { instance: "z".into() },
            Change::PluginAdded { at: 0, plugin: start.plugins[0].clone() },
            Change::Disconnected { source: Endpoint::parse("a/out"), target: Endpoint::parse("a/in") },
            Change::Connected {
                at: 0,
                source: Endpoint::parse("capture_1"),
                target: Endpoint::parse("a/in"),
            },
            Change::ValueSet { port: ControlPort::new("a", "volume"), value: 5.0 },
            Change::BindingSet { port: ControlPort::new("a", "volume"), binding: None },
            Change::SnapshotRemoved { at: 7 },
        ] {
            let mut board = start.clone();
            assert!(change.apply(&mut board).is_err(), "{change:?}");
            assert_eq!(board, start);
        }
    }
}
