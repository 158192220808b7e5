//! The installed plugins: looked up by URI, given out as JSON without taking it apart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::describe;
use crate::session::{Catalogue, PluginSpec};

/// A plugin.
#[derive(Debug)]
pub struct PluginEntry {
    /// Its entry in `/effect/list`.
    pub mini: Box<RawValue>,
    /// Its whole description, as `/effect/get` gives it.
    pub full: Box<RawValue>,
    spec: OnceLock<Arc<PluginSpec>>,
}

impl PluginEntry {
    /// From the two texts.
    pub fn new(mini: Box<RawValue>, full: Box<RawValue>) -> Self {
        Self { mini, full, spec: OnceLock::new() }
    }

    /// The description as a tree.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.full.get()).unwrap_or_default()
    }

    /// What the session must know; made when it is first asked for.
    pub fn spec(&self) -> Arc<PluginSpec> {
        self.spec.get_or_init(|| Arc::new(describe::spec(&self.value()))).clone()
    }
}

/// A file of a plugin's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuiFile {
    /// The small page on the board.
    IconTemplate,
    /// The page with all settings.
    SettingsTemplate,
    /// Style sheet.
    Stylesheet,
    /// Script.
    Javascript,
    /// Picture.
    Screenshot,
    /// Small picture.
    Thumbnail,
}

impl GuiFile {
    /// From its name in the interface.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "iconTemplate" => Self::IconTemplate,
            "settingsTemplate" => Self::SettingsTemplate,
            "stylesheet" => Self::Stylesheet,
            "javascript" => Self::Javascript,
            "screenshot" => Self::Screenshot,
            "thumbnail" => Self::Thumbnail,
            _ => return None,
        })
    }

    fn key(self) -> &'static str {
        match self {
            Self::IconTemplate => "iconTemplate",
            Self::SettingsTemplate => "settingsTemplate",
            Self::Stylesheet => "stylesheet",
            Self::Javascript => "javascript",
            Self::Screenshot => "screenshot",
            Self::Thumbnail => "thumbnail",
        }
    }
}

/// The installed plugins.
#[derive(Debug, Clone, Default)]
pub struct PluginTable {
    pub(super) entries: BTreeMap<String, Arc<PluginEntry>>,
}

impl PluginTable {
    /// From whole descriptions.
    pub fn from_values(descriptions: impl IntoIterator<Item = Value>) -> Self {
        let mut table = Self::default();
        for value in descriptions {
            table.insert(&value);
        }
        table
    }

    /// Adds a plugin by its whole description, or replaces it.
    pub(super) fn insert(&mut self, full: &Value) {
        let Some(uri) = full["uri"].as_str() else { return };
        let raw = |value: &Value| to_raw_value(value).expect("a tree of JSON is always writable");
        let entry = PluginEntry::new(raw(&describe::mini(full)), raw(full));
        self.entries.insert(uri.to_owned(), Arc::new(entry));
    }

    /// The plugin with this URI.
    pub fn get(&self, uri: &str) -> Option<&Arc<PluginEntry>> {
        self.entries.get(uri)
    }

    /// URIs of all plugins, sorted.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The answer to `/effect/list`.
    pub fn list(&self) -> String {
        let mut text = String::from("[");
        for entry in self.entries.values() {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(entry.mini.get());
        }
        text.push(']');
        text
    }

    /// The answer to `/effect/bulk` for these URIs; unknown ones are left out.
    pub fn bulk<'a>(&self, uris: impl IntoIterator<Item = &'a str>) -> String {
        let mut text = String::from("{");
        for (uri, entry) in uris.into_iter().filter_map(|uri| Some((uri, self.entries.get(uri)?))) {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&Value::from(uri).to_string());
            text.push(':');
            text.push_str(entry.full.get());
        }
        text.push('}');
        text
    }

    /// A file of a plugin's page.
    pub fn gui_file(&self, uri: &str, file: GuiFile) -> Option<PathBuf> {
        let path = self.entries.get(uri)?.value()["gui"][file.key()].as_str()?.to_owned();
        (!path.is_empty()).then(|| path.into())
    }

    /// Folder of a plugin's page.
    pub fn resources(&self, uri: &str) -> Option<PathBuf> {
        let path = self.entries.get(uri)?.value()["gui"]["resourcesDirectory"].as_str()?.to_owned();
        (!path.is_empty()).then(|| path.into())
    }
}

impl Catalogue for PluginTable {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        Some(self.entries.get(uri)?.spec())
    }
}
