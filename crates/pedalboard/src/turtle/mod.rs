//! Turtle: statements with their lines, and text that other programs read.

mod parse;
mod write;

pub use parse::{Object, Statement, Subject, SyntaxError, statements};
pub(crate) use write::{iri, local, number, string, term};

/// Namespaces of a board, with the short names that are used for them.
pub const PREFIXES: [(&str, &str); 9] = [
    ("atom", "http://lv2plug.in/ns/ext/atom#"),
    ("doap", "http://usefulinc.com/ns/doap#"),
    ("ingen", "http://drobilla.net/ns/ingen#"),
    ("lv2", "http://lv2plug.in/ns/lv2core#"),
    ("midi", "http://lv2plug.in/ns/ext/midi#"),
    ("mod", "http://moddevices.com/ns/mod#"),
    ("pedal", "http://moddevices.com/ns/modpedal#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("rsz", "http://lv2plug.in/ns/ext/resize-port#"),
];

/// `rdf:type`.
pub const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";

/// The full form of `prefix:name` with one of [`PREFIXES`]. Anything else is returned as it is.
pub(crate) fn expand(short: &str) -> String {
    if short == "a" {
        return TYPE.to_owned();
    }
    match short.split_once(':') {
        Some((prefix, name)) => match PREFIXES.iter().find(|(known, _)| *known == prefix) {
            Some((_, namespace)) => format!("{namespace}{name}"),
            None => short.to_owned(),
        },
        None => short.to_owned(),
    }
}
