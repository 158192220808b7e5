//! Each change is taken back by its answer.

use super::*;
use crate::session::spec::{ControlSpec, PluginSpec};

fn board() -> Board {
    let gain = ControlSpec { symbol: "gain".into(), max: 10.0, default: 1.0, ..ControlSpec::default() };
    let spec = Arc::new(PluginSpec { uri: "urn:a".into(), controls: vec![gain], ..PluginSpec::default() });
    let mut board = Board::empty();
    for (number, name) in ["a", "b"].into_iter().enumerate() {
        board.plugins.push(Arc::new(Plugin::new(name.into(), number as i32, spec.clone())));
    }
    board.connections.push((Endpoint::parse("capture_1"), Endpoint::parse("a/in")));
    board.connections.push((Endpoint::parse("a/out"), Endpoint::parse("b/in")));
    board
}

#[test]
fn each_change_is_taken_back_by_its_answer() {
    let start = board();
    let binding = MidiBinding { channel: 13, controller: 60, min: 0.0, max: 1.0 };
    let snapshot = Arc::new(start.capture("Loud"));
    let changes = [
        Change::PluginRemoved { instance: "a".into() },
        Change::PluginAdded {
            at: 1,
            plugin: Arc::new(Plugin { instance: "c".into(), ..(*start.plugins[0]).clone() }),
        },
        Change::PluginMoved { instance: "b".into(), position: (3.0, 4.0) },
        Change::Connected { at: 0, source: Endpoint::parse("b/out"), target: Endpoint::parse("playback_1") },
        Change::Disconnected { source: Endpoint::parse("capture_1"), target: Endpoint::parse("a/in") },
        Change::ValueSet { port: ControlPort::new("a", "gain"), value: 5.0 },
        Change::ValueSet { port: ControlPort::bypass("a"), value: 1.0 },
        Change::ValueSet { port: ControlPort::new(Instance::board(), ":bpm"), value: 90.0 },
        Change::PresetSet { instance: "a".into(), preset: Some("urn:p".into()) },
        Change::ParameterSet {
            instance: "a".into(),
            uri: "urn:file".into(),
            value: Some(Value { kind: 'p', text: "/x".into() }),
        },
        Change::BindingSet { port: ControlPort::new("a", "gain"), binding: Some(binding) },
        Change::BindingSet { port: ControlPort::new(Instance::board(), ":bpm"), binding: Some(binding) },
        Change::SnapshotInserted { at: 1, snapshot: snapshot.clone() },
        Change::SnapshotRemoved { at: 0 },
        Change::SnapshotReplaced { at: 0, snapshot },
        Change::SnapshotChosen { at: None },
        Change::TempoSet { tempo: Tempo { bpm: 90.0, ..Tempo::default() } },
        Change::TitleSet { title: "Lead".into() },
        Change::Resized { size: (10, 20) },
        Change::MidiModeSet { separated: false, loopback: true },
    ];
    for change in changes {
        let mut changed = start.clone();
        let back = change.apply(&mut changed).expect("fits");
        assert_ne!(changed, start, "{change:?}");
        back.apply(&mut changed).expect("fits");
        assert_eq!(changed, start, "{change:?}");
    }
}

#[test]
fn a_tempo_of_many_digits_comes_back_from_a_turned_control() {
    let mut board = board();
    board.tempo.bpm = 97.531_864_2;
    let start = board.clone();
    let turn = Change::ValueSet { port: ControlPort::new(Instance::board(), ":bpm"), value: 140.0 };
    let back = turn.apply(&mut board).expect("fits");
    let forth = back.apply(&mut board).expect("fits");
    assert_eq!(board, start);
    forth.apply(&mut board).expect("fits");
    assert_eq!(board.tempo.bpm, 140.0);
}

#[test]
fn what_does_not_fit_leaves_the_board_alone() {
    let start = board();
    for change in [
        Change::PluginRemoved { instance: "z".into() },
        Change::PluginAdded { at: 0, plugin: start.plugins[0].clone() },
        Change::Disconnected { source: Endpoint::parse("a/out"), target: Endpoint::parse("a/in") },
        Change::Connected { at: 0, source: Endpoint::parse("capture_1"), target: Endpoint::parse("a/in") },
        Change::ValueSet { port: ControlPort::new("a", "volume"), value: 5.0 },
        Change::BindingSet { port: ControlPort::new("a", "volume"), binding: None },
        Change::SnapshotRemoved { at: 7 },
    ] {
        let mut board = start.clone();
        assert!(change.apply(&mut board).is_err(), "{change:?}");
        assert_eq!(board, start);
    }
}
