//! Taking a tree apart, collecting problems.

use super::tree::{Node, Value};
use super::{ConfigError, Field, Problem};

#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    pub fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem { line, message: message.into() });
    }

    pub fn finish<T>(mut self, value: T) -> Result<T, ConfigError> {
        self.problems.sort_by_key(|problem| problem.line);
        if self.problems.is_empty() { Ok(value) } else { Err(ConfigError { problems: self.problems }) }
    }

    /// The entries of a map whose keys are all among `known`.
    pub fn map<'a>(&mut self, node: &'a Node, what: &str, known: &[&str]) -> &'a [(String, Node)] {
        match &node.value {
            Value::Map(entries) => {
                for (key, value) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
                    self.problem(
                        value.line,
                        format!("{what} has no {key}; it may have {}", known.join(", ")),
                    );
                }
                entries
            }
            Value::Null => &[],
            _ => {
                self.problem(node.line, format!("{what} must be a map of {}", known.join(", ")));
                &[]
            }
        }
    }

    pub fn list<'a>(&mut self, node: &'a Node, what: &str) -> &'a [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => {
                self.problem(node.line, format!("{what} must be a list"));
                &[]
            }
        }
    }

    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let Value::Text(text) = &node.value else {
            self.problem(node.line, format!("{what} must be a word"));
            return None;
        };
        Some(text.clone())
    }

    /// An integer between both ends, ends included.
    pub fn integer(&mut self, node: &Node, what: &str, low: i64, high: i64) -> Option<i64> {
        let number = if let Value::Text(text) = &node.value { text.parse().ok() } else { None };
        let number = number.filter(|number| (low..=high).contains(number));
        if number.is_none() {
            self.problem(node.line, format!("{what} must be a whole number from {low} to {high}"));
        }
        number
    }

    pub fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let number = if let Value::Text(text) = &node.value { text.parse::<f64>().ok() } else { None };
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.problem(node.line, format!("{what} must be a number"));
        }
        number
    }

    pub fn yes(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.value {
            Value::Text(text) if ["true", "True", "yes", "on"].contains(&text.as_str()) => Some(true),
            Value::Text(text) if ["false", "False", "no", "off"].contains(&text.as_str()) => Some(false),
            _ => {
                self.problem(node.line, format!("{what} must be true or false"));
                None
            }
        }
    }

    /// One of these words.
    pub fn one_of(&mut self, node: &Node, what: &str, words: &[&str]) -> Option<String> {
        let word = self.text(node, what)?;
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        self.problem(node.line, format!("{what} cannot be {word}; it may be {}", words.join(", ")));
        None
    }
}

/// `null` takes an inherited value away; so does the word None, which older files have.
pub(super) fn field<T>(node: &Node, read: impl FnOnce(&Node) -> Option<T>) -> Field<T> {
    match &node.value {
        Value::Null => Field::Clear,
        Value::Text(text) if text == "None" => Field::Clear,
        _ => read(node).map_or(Field::Inherit, Field::Set),
    }
}
