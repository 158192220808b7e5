//! `banks.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::located::{Located, Oddity, whole};
use super::{JsonFile, text};

/// All banks, in the player's order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Banks(pub Vec<Bank>);

/// A bank.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Bank {
    /// Title.
    pub title: String,
    /// Boards.
    pub pedalboards: Vec<BankEntry>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A board in a bank.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BankEntry {
    /// Title at the time it was put there.
    #[serde(default)]
    pub title: String,
    /// Absolute path of its bundle.
    pub bundle: PathBuf,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Banks {
    /// Removes a board from all banks, and says whether it was in one.
    pub fn forget(&mut self, bundle: &std::path::Path) -> bool {
        let count = |banks: &Self| banks.0.iter().map(|bank| bank.pedalboards.len()).sum::<usize>();
        let before = count(self);
        for bank in &mut self.0 {
            bank.pedalboards.retain(|entry| entry.bundle != bundle);
        }
        count(self) != before
    }
}

impl JsonFile for Banks {
    fn parse(source: &str) -> Result<(Self, Vec<Oddity>), Oddity> {
        let located = Located::new(source);
        let outer: Vec<&RawValue> = whole(source, "no list of banks")?;
        let (mut found, mut odd) = (Self::default(), Vec::new());
        for (at, raw) in outer.into_iter().enumerate() {
            let fields = match located.parse::<Map<String, Value>>(raw, &format!("bank {at} left out")) {
                Ok(fields) => fields,
                Err(oddity) => {
                    odd.push(oddity);
                    continue;
                }
            };
            let mut bank = Bank::default();
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("title", Value::String(title)) => bank.title = title,
                    ("pedalboards", Value::Array(boards)) => {
                        for (number, board) in boards.into_iter().enumerate() {
                            match serde_json::from_value(board) {
                                Ok(entry) => bank.pedalboards.push(entry),
                                Err(error) => odd.push((
                                    Some(located.line(raw)),
                                    format!("bank {at}, board {number} left out: {error}"),
                                )),
                            }
                        }
                    }
                    ("title" | "pedalboards", _) => {
                        odd.push((
                            Some(located.line(raw)),
                            format!("bank {at}: {key} makes no sense: ignored"),
                        ));
                    }
                    (_, value) => drop(bank.rest.insert(key, value)),
                }
            }
            found.0.push(bank);
        }
        Ok((found, odd))
    }

    fn text(&self) -> Vec<u8> {
        text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_leave_all_banks() {
        let source = r#"[{"title": "A", "pedalboards": [{"title": "x", "bundle": "/x"}, {"bundle": 3}]},
 {"title": "B", "pedalboards": [{"title": "x", "bundle": "/x"}, {"title": "y", "bundle": "/y"}]}, 7]"#;
        let (mut banks, odd) = Banks::parse(source).unwrap();
        assert_eq!(odd.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert!(banks.forget(std::path::Path::new("/x")));
        assert!(!banks.forget(std::path::Path::new("/x")));
        assert_eq!(banks.0[0].pedalboards.len() + banks.0[1].pedalboards.len(), 1);
    }
}
