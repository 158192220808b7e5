//! `favorites.json`, `prefs.json` and `last.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::located::{Oddity, whole};
use super::{JsonFile, text};

/// URIs of the plugins that the player likes, in the order in which they were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Favorites(pub Vec<String>);

impl Favorites {
    /// Adds a plugin; false when it is there already.
    pub fn add(&mut self, uri: &str) -> bool {
        let new = !self.0.iter().any(|known| known == uri);
        if new {
            self.0.push(uri.to_owned());
        }
        new
    }

    /// Removes a plugin; false when it is not there.
    pub fn remove(&mut self, uri: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|known| known != uri);
        self.0.len() != before
    }
}

impl JsonFile for Favorites {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        let values: Vec<Value> = whole(source, "no list of favourites")?;
        let (mut found, mut odd) = (Self::default(), Vec::new());
        for (at, value) in values.into_iter().enumerate() {
            match value {
                Value::String(uri) => drop(found.add(&uri)),
                _ => odd.push((None, format!("favourite {at} is no text: left out"))),
            }
        }
        Ok((found, odd))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

/// Settings of the web page, by key. Values are what the page stored.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Preferences(pub Map<String, Value>);

impl JsonFile for Preferences {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        Ok((Self(whole(source, "no preferences")?), Vec::new()))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

/// The board and bank that come up at the next start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Last {
    /// Bank as stored: -2 for all boards, -1 and on for the banks before it was moved by two. See [`Last::chosen`].
    #[serde(default = "all_boards")]
    pub bank: i64,
    /// Absolute path of the bundle, or empty.
    #[serde(default)]
    pub pedalboard: PathBuf,
    /// Always true in files of today.
    #[serde(default = "yes", rename = "supportsDividers")]
    pub supports_dividers: bool,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn all_boards() -> i64 {
    -2
}

fn yes() -> bool {
    true
}

impl Default for Last {
    fn default() -> Self {
        Self { bank: all_boards(), pedalboard: PathBuf::new(), supports_dividers: true, rest: Map::new() }
    }
}

impl Last {
    /// The bank, from 0; `None` for all boards.
    pub fn chosen(&self) -> Option<usize> {
        // The stored number is two less than the program's own, in which 0 is all boards.
        usize::try_from(self.bank + 1).ok()
    }

    /// Chooses a bank, from 0; `None` for all boards.
    pub fn choose(&mut self, bank: Option<usize>) {
        self.bank = bank.and_then(|bank| i64::try_from(bank).ok()).map_or(all_boards(), |bank| bank - 1);
    }
}

impl JsonFile for Last {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        Ok((whole(source, "no last board")?, Vec::new()))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_are_stored_two_less() {
        let mut last = Last::default();
        assert_eq!((last.bank, last.chosen()), (-2, None));
        last.choose(Some(0));
        assert_eq!((last.bank, last.chosen()), (-1, Some(0)));
        last.choose(Some(3));
        assert_eq!((last.bank, last.chosen()), (2, Some(3)));
        let (read, _) = Last::parse(r#"{"bank": -2, "pedalboard": "/b", "supportsDividers": true}"#).unwrap();
        assert_eq!(read.pedalboard, PathBuf::from("/b"));
    }
}
