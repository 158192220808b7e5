//! From text to statements.

use std::collections::HashMap;

use oxttl::TurtleParser;

/// A place that no other file is in, so that names relative to the file can be told from all others.
const BASE: &str = "board://bundle/";
/// The file itself.
const SELF: &str = "board://bundle/.self";

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A name relative to the file; empty for the file itself.
    Local(String),
    /// A full IRI.
    Iri(String),
    /// A node without a name, numbered by first appearance.
    Blank(usize),
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Object {
    /// A node.
    Node(Subject),
    /// A literal with its type and, for texts, its language.
    Literal {
        /// The value as written.
        value: String,
        /// IRI of the type.
        datatype: String,
        /// Language, if given.
        language: Option<String>,
    },
}

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// What it is about.
    pub subject: Subject,
    /// Full IRI of the property.
    pub predicate: String,
    /// The value.
    pub object: Object,
    /// Line of the value, from 1.
    pub line: u64,
}

/// What is wrong with a file's syntax, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Line, from 1.
    pub line: u64,
    /// The parser's words.
    pub what: String,
}

/// The statements of a Turtle text, in its order. `itself` is the file's own name, by which it may speak of itself.
///
/// # Errors
/// [`SyntaxError`] for the first place that is no Turtle.
pub fn statements(text: &[u8], itself: &str) -> Result<Vec<Statement>, SyntaxError> {
    // Names such as `<:bpm>` are what the boards have, and no IRIs by the letter of the standard.
    let parser = TurtleParser::new().lenient().with_base_iri(SELF);
    let mut parser = parser.map_err(|error| SyntaxError { line: 0, what: error.to_string() })?.low_level();
    let mut found = Vec::new();
    let mut blanks = HashMap::new();
    let itself = format!("{BASE}{itself}");
    let mut line = 0;
    // Fed line by line, the parser gives every statement as soon as its value has been read.
    for part in text.split_inclusive(|byte| *byte == b'\n') {
        line += 1;
        parser.extend_from_slice(part);
        take(&mut parser, line, &itself, &mut blanks, &mut found)?;
    }
    parser.end();
    take(&mut parser, line, &itself, &mut blanks, &mut found)?;
    Ok(found)
}

fn take(
    parser: &mut oxttl::turtle::LowLevelTurtleParser,
    line: u64,
    itself: &str,
    blanks: &mut HashMap<String, usize>,
    found: &mut Vec<Statement>,
) -> Result<(), SyntaxError> {
    while let Some(triple) = parser.parse_next() {
        let triple = triple.map_err(|error| SyntaxError {
            line: error.location().start.line + 1,
            what: error.message().to_owned(),
        })?;
        let subject = match triple.subject {
            oxttl_model::NamedOrBlankNode::NamedNode(node) => named(node.into_string(), itself),
            oxttl_model::NamedOrBlankNode::BlankNode(node) => blank(node.into_string(), blanks),
        };
        let object = match triple.object {
            oxttl_model::Term::NamedNode(node) => Object::Node(named(node.into_string(), itself)),
            oxttl_model::Term::BlankNode(node) => Object::Node(blank(node.into_string(), blanks)),
            oxttl_model::Term::Literal(literal) => Object::Literal {
                datatype: literal.datatype().as_str().to_owned(),
                language: literal.language().map(str::to_owned),
                value: literal.value().to_owned(),
            },
        };
        found.push(Statement { subject, predicate: triple.predicate.into_string(), object, line });
    }
    Ok(())
}

fn named(iri: String, itself: &str) -> Subject {
    if iri == SELF || iri == itself {
        return Subject::Local(String::new());
    }
    if let Some(part) = iri.strip_prefix(SELF).filter(|part| part.starts_with(['#', '?'])) {
        return Subject::Local(part.to_owned());
    }
    // `<:bpm>` is left alone by the parser, because a colon ends a scheme; there is none here.
    if iri.starts_with(':') {
        return Subject::Local(iri);
    }
    let path = |local: &str| local.split(['?', '#']).next().unwrap_or_default().to_owned();
    match iri.strip_prefix(BASE) {
        // Nobody says it so who means a name in the folder, and written as one it would become another.
        Some(local) if path(local).split('/').any(|part| part == "." || part == "..") => Subject::Iri(iri),
        Some("") => Subject::Local(".".to_owned()),
        Some(local) => Subject::Local(local.to_owned()),
        None => Subject::Iri(iri),
    }
}

fn blank(label: String, blanks: &mut HashMap<String, usize>) -> Subject {
    let next = blanks.len();
    Subject::Blank(*blanks.entry(label).or_insert(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_read_with_their_lines() {
        let text = b"@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n<>\n    lv2:port <:bpm> ,\n        <amp/:bypass> ;\n    lv2:name \"A\" .\n_:b7 lv2:index 3 .\n";
        let found = statements(text, "x.ttl").unwrap();
        assert_eq!(found.len(), 4);
        let local = |name: &str| Object::Node(Subject::Local(name.to_owned()));
        assert_eq!(found[0].object, local(":bpm"));
        assert_eq!(found[0].subject, Subject::Local(String::new()));
        assert_eq!((found[0].line, found[1].line, found[2].line), (3, 4, 5));
        assert_eq!(found[1].object, local("amp/:bypass"));
        assert_eq!(found[3].subject, Subject::Blank(0));
        assert_eq!(
            statements(b"<x.ttl> a <y> .", "x.ttl").unwrap()[0].subject,
            Subject::Local(String::new())
        );
    }

    #[test]
    fn an_error_has_its_line() {
        let error = statements(b"<a> <b> <c> .\n<a> <b> ;\n", "x.ttl").unwrap_err();
        assert_eq!(error.line, 2, "{error:?}");
        let error = statements(b"<a> <b> <c> .\n<a> \xff\xfe <c> .", "x.ttl").unwrap_err();
        assert_eq!(error.line, 2, "{error:?}");
    }
}
