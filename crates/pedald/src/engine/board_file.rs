//! A board as the engine reads it: its own JSON format, version 1 (`x_load`, `x_preload`, `x_board`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::session::{Board, Endpoint};

/// The version of the format.
const VERSION: u32 = 1;

/// A board for the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineBoard {
    /// Version of the format.
    pub version: u32,
    /// Its title.
    #[serde(default)]
    pub name: String,
    /// Plugins.
    pub plugins: Vec<EnginePlugin>,
    /// Cables by JACK port names.
    #[serde(default)]
    pub connections: Vec<(String, String)>,
    /// MIDI bindings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub midi: Vec<EngineMidi>,
    /// Tempo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<EngineTempo>,
}

/// A plugin for the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnginePlugin {
    /// Its number.
    pub instance: i32,
    /// Its URI.
    pub uri: String,
    /// Values of control inputs by symbol.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, f32>,
    /// Whether it is bypassed.
    #[serde(default)]
    pub bypass: bool,
    /// Preset that is loaded before the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// LV2 parameters as text by URI.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// Folder with its LV2 state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PathBuf>,
}

/// A MIDI binding for the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineMidi {
    /// Number of the plugin; 9995 for the board.
    pub instance: i32,
    /// Symbol of the control, or `:bypass`.
    pub symbol: String,
    /// MIDI channel, 0–15.
    pub channel: u8,
    /// Controller.
    pub controller: u8,
    /// Value at its low end.
    pub min: f32,
    /// Value at its high end.
    pub max: f32,
}

/// Tempo for the engine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EngineTempo {
    /// Beats per minute.
    pub bpm: f64,
    /// Beats per bar.
    pub beats_per_bar: f32,
    /// Whether time advances.
    #[serde(default)]
    pub rolling: bool,
}

impl From<&Board> for EngineBoard {
    fn from(board: &Board) -> Self {
        let plugins = board.plugins.iter().map(|plugin| EnginePlugin {
            instance: plugin.number,
            uri: plugin.spec.uri.clone(),
            // only what the plugin has today: a board may have been written with another version of it
            params: plugin
                .values
                .iter()
                .filter(|(symbol, _)| plugin.spec.control(symbol).is_some())
                .map(|(symbol, value)| (symbol.to_string(), *value))
                .collect(),
            bypass: plugin.bypassed,
            preset: plugin.preset.clone(),
            properties: plugin
                .parameters
                .iter()
                .map(|(uri, value)| (uri.clone(), value.text.clone()))
                .collect(),
            state: plugin.state.clone(),
        });
        let connections = board
            .connections
            .iter()
            .filter_map(|(from, to)| Some((jack_name(board, from)?, jack_name(board, to)?)));
        let straight = board.bindings().filter(|(port, binding)| !board.is_moved_here(port, binding));
        let midi = straight.filter_map(|(port, binding)| {
            let instance = if port.instance.is_board() {
                mod_protocol::GLOBAL_INSTANCE
            } else {
                board.plugin(&port.instance).filter(|plugin| !plugin.missing)?.number
            };
            Some(EngineMidi {
                instance,
                symbol: port.symbol.to_string(),
                channel: binding.channel,
                controller: binding.controller,
                min: binding.min,
                max: binding.max,
            })
        });
        Self {
            version: VERSION,
            name: board.title.clone(),
            plugins: plugins.collect(),
            connections: connections.collect(),
            midi: midi.collect(),
            tempo: Some(EngineTempo {
                bpm: board.tempo.bpm,
                beats_per_bar: board.tempo.beats_per_bar as f32,
                rolling: board.tempo.rolling,
            }),
        }
    }
}

/// The JACK name of a port, as mod-host's clients write it. `None` for a port of a plugin that is not on the board.
pub fn jack_name(board: &Board, port: &Endpoint) -> Option<String> {
    let name = match port {
        Endpoint::Plugin { instance, symbol } => {
            return Some(format!("effect_{}:{symbol}", board.plugin(instance)?.number));
        }
        Endpoint::System(name) => &**name,
    };
    if let Some(channel) = name.strip_prefix("playback_") {
        return Some(format!("mod-monitor:in_{channel}"));
    }
    Some(match name {
        "serial_midi_in" => "ttymidi:MIDI_in".to_owned(),
        "serial_midi_out" => "ttymidi:MIDI_out".to_owned(),
        "midi_merger_out" => "mod-midi-merger:out".to_owned(),
        "midi_broadcaster_in" => "mod-midi-broadcaster:in".to_owned(),
        other => format!("system:{other}"),
    })
}
