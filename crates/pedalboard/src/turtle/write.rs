//! From values to Turtle.

use super::{Object, Subject};

/// An IRI reference in angle brackets.
pub(crate) fn iri(iri: &str) -> String {
    let mut text = String::with_capacity(iri.len() + 2);
    text.push('<');
    for c in iri.chars() {
        match c {
            '\0'..=' ' | '<' | '>' | '"' | '{' | '}' | '|' | '^' | '`' | '\\' => {
                text.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text.push('>');
    text
}

/// A name relative to the file, in angle brackets.
pub(crate) fn local(name: &str) -> String {
    let first = name.split('/').next().unwrap_or_default();
    // What could be taken for a scheme or for a place on the host says that it is neither. `:bpm` needs no help.
    let ambiguous = name.starts_with('/') || first.find(':').is_some_and(|at| at > 0);
    if ambiguous { iri(&format!("./{name}")) } else { iri(name) }
}

/// A text in quotes.
pub(crate) fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => text.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// A number with six digits after the point, or as many as it needs to come back unchanged.
pub(crate) fn number(value: f32) -> String {
    let six = format!("{value:.6}");
    if six.parse::<f32>().is_ok_and(|back| back.to_bits() == value.to_bits()) {
        return six;
    }
    let full = format!("{value}");
    if full.contains('.') { full } else { format!("{full}.0") }
}

/// A node.
fn node(subject: &Subject) -> String {
    match subject {
        Subject::Local(name) => local(name),
        Subject::Iri(full) => iri(full),
        // A letter that the board's own nodes do not have.
        Subject::Blank(number) => format!("_:x{number}"),
    }
}

/// A statement on a line of its own.
pub(crate) fn term(subject: &Subject, predicate: &str, object: &Object) -> String {
    let object = match object {
        Object::Node(subject) => node(subject),
        Object::Literal { value, datatype, language } => match language {
            Some(language) => format!("{}@{language}", string(value)),
            None if datatype == "http://www.w3.org/2001/XMLSchema#string" => string(value),
            None => format!("{}^^{}", string(value), iri(datatype)),
        },
    };
    format!("{} {} {object} .\n", node(subject), iri(predicate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_unchanged() {
        for value in [0.0_f32, -0.0, 1.0, 0.1, 1e-7, 123_456.79, -3.5e-20, f32::MAX, f32::MIN_POSITIVE] {
            let text = number(value);
            assert!(text.contains('.') && !text.contains('e'), "{text}");
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
        assert_eq!(number(0.5), "0.500000");
    }
}
