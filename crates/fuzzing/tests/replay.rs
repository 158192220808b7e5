//! Every target with the inputs that are kept for it, among them those that once broke something, and with variations.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use fuzzing::replay::replay;

fn check(name: &str, rounds: usize) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let target = fuzzing::target(name).unwrap();
    let count = replay(&seeds, target, rounds).unwrap();
    assert!(count > rounds, "there are inputs for {name}");
}

#[test]
fn archive() {
    check("archive", 300);
}

#[test]
fn boardfile() {
    check("boardfile", 4000);
}

#[test]
fn conf() {
    check("conf", 4000);
}

#[test]
fn editor() {
    check("editor", 8000);
}

#[test]
fn json() {
    check("json", 4000);
}

#[test]
fn midi() {
    check("midi", 4000);
}

#[test]
fn osc() {
    check("osc", 8000);
}

#[test]
fn protocol() {
    check("protocol", 4000);
}

#[test]
fn session() {
    check("session", 1000);
}

#[test]
fn turtle() {
    check("turtle", 1000);
}

#[test]
fn websocket() {
    check("websocket", 8000);
}

#[test]
fn yaml() {
    check("yaml", 2000);
}

/// An input that is refused at the first letter would try nothing behind it.
#[test]
fn the_inputs_of_the_editor_are_intents() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/editor");
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let read = serde_json::from_str::<pedald::session::Intent>(&text);
        assert!(read.is_ok(), "{}: {read:?}", entry.path().display());
    }
}
