//! The engine's own board file: JSON, used by the command line, by the extension commands, and for coming back after
//! a crash. Not mod-ui's pedalboard bundle, which the crate `pedalboard` reads.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version that this crate writes.
pub const VERSION: u32 = 1;

/// A board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardFile {
    /// Version of the format, 1.
    pub version: u32,
    /// What the player calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Plugins.
    pub plugins: Vec<BoardPlugin>,
    /// Cables, by JACK port names as mod-host writes them: `system:capture_1`, `effect_0:in`, `system:playback_1`.
    #[serde(default)]
    pub connections: Vec<(String, String)>,
    /// Bindings of MIDI controllers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub midi: Vec<BoardMidi>,
    /// Tempo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<BoardTempo>,
    /// Delay compensation of parallel paths; on when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensate: Option<bool>,
}

/// A plugin of a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardPlugin {
    /// Instance number, 0–9989.
    pub instance: i32,
    /// URI.
    pub uri: String,
    /// Values of control inputs, by symbol; the default holds for those left out.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub params: std::collections::BTreeMap<String, f32>,
    /// Whether it is bypassed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass: bool,
    /// Preset that is loaded before `params`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Properties (patch parameters) as text, by URI, set after the rest.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub properties: std::collections::BTreeMap<String, String>,
    /// Directory with the plugin's saved state, absolute or beside the board file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PathBuf>,
}

/// A binding of a MIDI controller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardMidi {
    /// Instance.
    pub instance: i32,
    /// Symbol of the control input, or `:bypass`.
    pub symbol: String,
    /// MIDI channel, 0–15.
    pub channel: u8,
    /// Controller, 0–127, or 131 for pitch bend.
    pub controller: u8,
    /// Value at the least position.
    pub min: f32,
    /// Value at the greatest.
    pub max: f32,
}

/// Tempo of a board.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardTempo {
    /// Beats per minute, 20–300.
    pub bpm: f64,
    /// Beats per bar, 1–16.
    pub beats_per_bar: f32,
    /// Whether time advances.
    #[serde(default)]
    pub rolling: bool,
}

/// Why a board file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadBoardError {
    /// The file cannot be read at all.
    #[error("cannot read the board {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It is not a board.
    #[error("{path} is not a board of version {VERSION}: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// It was written by a later program.
    #[error("{path} is of version {found}, this program reads version {VERSION}; update the program")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Two plugins with one number.
    #[error("{path} has two plugins with instance {instance}; give each its own number")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The number.
        instance: i32,
    },
}

impl BoardFile {
    /// A board without plugins.
    pub fn empty() -> Self {
        Self {
            version: VERSION,
            name: String::new(),
            plugins: Vec::new(),
            connections: Vec::new(),
            midi: Vec::new(),
            tempo: None,
            compensate: None,
        }
    }

    /// Reads a board. Relative state directories are taken from the file's own folder.
    pub fn read(path: &Path) -> Result<Self, ReadBoardError> {
        let text = crate::files::read(path)
            .map_err(|source| ReadBoardError::Unreadable { path: path.to_owned(), source })?;
        let mut board: Self = serde_json::from_slice(&text)
            .map_err(|source| ReadBoardError::Malformed { path: path.to_owned(), source })?;
        if board.version != VERSION {
            return Err(ReadBoardError::Version { path: path.to_owned(), found: board.version });
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = board.plugins.iter().find(|plugin| !seen.insert(plugin.instance)) {
            return Err(ReadBoardError::Duplicate { path: path.to_owned(), instance: twice.instance });
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        for state in board.plugins.iter_mut().filter_map(|plugin| plugin.state.as_mut()) {
            *state = folder.join(&*state);
        }
        Ok(board)
    }

    /// Writes the board, whole or not at all: temporary file, fsync, rename, fsync of the folder.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        crate::files::write_atomically(path, |file| {
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.write_all(b"\n")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_read_back_as_written() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("clean.json");
        let text = r#"{ "version": 1, "name": "Clean", "plugins": [ { "instance": 0, "uri": "urn:a",
            "params": { "gain": -3.5 }, "bypass": true, "state": "clean/effect-0" } ],
            "connections": [ [ "system:capture_1", "effect_0:in" ] ],
            "midi": [ { "instance": 0, "symbol": "gain", "channel": 0, "controller": 7, "min": 0, "max": 1 } ],
            "tempo": { "bpm": 97.5, "beats_per_bar": 3 } }"#;
        std::fs::write(&path, text).expect("written");
        let board = BoardFile::read(&path).expect("a board");
        assert_eq!(board.plugins[0].state, Some(folder.path().join("clean/effect-0")));
        let copy = folder.path().join("copy.json");
        board.write(&copy).expect("written");
        assert_eq!(BoardFile::read(&copy).expect("a board"), board);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("bad.json");
        for (text, part) in [
            ("{", "line 1"),
            (r#"{ "version": 9, "plugins": [] }"#, "version 9"),
            (r#"{ "version": 1, "plugins": [], "colour": 1 }"#, "colour"),
            (
                r#"{ "version": 1, "plugins": [ {"instance":1,"uri":"a"}, {"instance":1,"uri":"b"} ] }"#,
                "instance 1",
            ),
        ] {
            std::fs::write(&path, text).expect("written");
            let message = BoardFile::read(&path).expect_err("not a board").to_string();
            assert!(message.contains(part) && message.contains("bad.json"), "{message}");
        }
    }
}
