//! YAML as a tree that knows its lines.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::ConfigError;

/// Largest file in bytes, and deepest nesting: a configuration needs neither.
const LARGEST: usize = 256 * 1024;
const DEEPEST: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(String, Node)>, Option<String>),
}

/// An empty file is an empty map.
pub(super) fn parse(text: &str) -> Result<Node, ConfigError> {
    if text.len() > LARGEST {
        return Err(ConfigError::one(
            1,
            format!("the file is larger than {LARGEST} bytes: this is no configuration"),
        ));
    }
    // the end of the text counts as a line of its own: nobody finds that in an editor
    let last = text.lines().count().max(1);
    let (mut open, mut root): (Vec<Open>, Option<Node>) = (Vec::new(), None);
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| ConfigError::one(error.marker().line().clamp(1, last), error.info()))?;
        let line = span.start.line().max(1);
        let node = match event {
            Event::Alias(_) => {
                return Err(ConfigError::one(line, "aliases are not supported: write the value out"));
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return Err(ConfigError::one(line, "nested too deeply"));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(line, Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(line, Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(line, items)) => Node { line, value: Value::List(items) },
                Some(Open::Map(line, entries, _)) => Node { line, value: Value::Map(entries) },
                None => continue,
            },
            Event::Scalar(text, style, ..) => {
                let null =
                    style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                Node { line, value: if null { Value::Null } else { Value::Text(text.into_owned()) } }
            }
            _ => continue,
        };
        match open.last_mut() {
            None if root.is_some() => {
                return Err(ConfigError::one(line, "more than one document in the file"));
            }
            None => root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => match key.take() {
                Some(name) => entries.push((name, node)),
                None => {
                    let Value::Text(name) = node.value else {
                        return Err(ConfigError::one(line, "a key must be a word"));
                    };
                    if entries.iter().any(|(known, _)| *known == name) {
                        return Err(ConfigError::one(line, format!("{name} stands here twice")));
                    }
                    *key = Some(name);
                }
            },
        }
    }
    let empty = Node { line: 1, value: Value::Map(Vec::new()) };
    Ok(root.filter(|root| root.value != Value::Null).unwrap_or(empty))
}
