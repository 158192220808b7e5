//! Event ports: MIDI, patch messages, time, log.

use lv2_host::atom::{Atom, Position, object};
use lv2_host::patch::{self, PatchValue};
use lv2_host::{LogLevel, Runner};

use crate::support::{Rig, control, run};

fn push(runner: &mut Runner, port: u32, frame: i64, kind: u32, body: &[u8]) {
    assert!(runner.events_in(port).unwrap().push(frame, kind, body));
}

#[test]
fn midi_goes_in_and_comes_out() {
    let rig = Rig::own();
    let midi = rig.settings.urids.known().midi_event;
    let (_control, mut runner) = rig.test("echo");
    push(&mut runner, 0, 0, midi, &[0x90, 60, 100]);
    push(&mut runner, 0, 17, midi, &[0xc0, 5]);
    push(&mut runner, 0, 17, midi, &[0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 0xf7]);
    run(&mut runner, &[0.0; 64]);
    let out: Vec<_> =
        runner.events_out(1).unwrap().iter().map(|e| (e.frame, e.kind, e.body.to_vec())).collect();
    let wanted = [
        (0, midi, vec![0x90, 60, 100]),
        (17, midi, vec![0xc0, 5]),
        (17, midi, vec![0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 0xf7]),
    ];
    assert_eq!(out, wanted);
    run(&mut runner, &[0.0; 64]);
    assert!(runner.events_out(1).unwrap().is_empty(), "the input is forgotten after its block");
}

#[test]
fn notes_sound_from_their_frame_on() {
    let rig = Rig::own();
    let midi = rig.settings.urids.known().midi_event;
    let (_control, mut runner) = rig.test("gate");
    push(&mut runner, 0, 2, midi, &[0x90, 60, 127]);
    push(&mut runner, 0, 5, midi, &[0x80, 60, 0]);
    assert_eq!(run(&mut runner, &[0.0; 8]), [[0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]);
}

#[test]
fn a_flood_of_events_fills_the_buffer_and_no_more() {
    let rig = Rig::own();
    let midi = rig.settings.urids.known().midi_event;
    let (_control, mut runner) = rig.test("echo");
    let events = runner.events_in(0).unwrap();
    let fitted = (0..100_000).filter(|_| events.push(0, midi, &[0x90, 60, 100])).count();
    assert_eq!(fitted, (rig.settings.sequence_size as usize - 16) / 24);
    assert_eq!(events.take_dropped() as usize, 100_000 - fitted);
    run(&mut runner, &[0.0; 16]);
    assert_eq!(runner.events_out(1).unwrap().iter().count(), fitted);
}

#[test]
fn a_port_that_asks_for_a_larger_buffer_gets_it() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("parameter");
    assert_eq!(runner.events_in(0).unwrap().capacity(), 65536);
    assert_eq!(runner.events_out(1).unwrap().capacity(), rig.settings.sequence_size as usize);
}

#[test]
fn an_event_that_lies_about_its_size_is_left_out() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("liar");
    run(&mut runner, &[0.0; 16]);
    let out: Vec<_> =
        runner.events_out(0).unwrap().iter().map(|event| (event.frame, event.body.len())).collect();
    assert_eq!(out, [(3, 4)]);
}

#[test]
fn properties_are_set_and_asked_for() {
    const LEVEL: &str = "urn:archibald:test:parameter#level";
    let rig = Rig::own();
    let urids = &rig.settings.urids;
    let (mut half, mut runner) = rig.test("parameter");
    let port = runner.info().control_input().unwrap().index;
    let range = runner.info().parameter(LEVEL).unwrap().range.clone();
    let value = PatchValue::parse(&range, "0.25").unwrap();
    let set = patch::set_message(urids, None, LEVEL, &value);
    let get = patch::get_message(urids, None, LEVEL);
    push(&mut runner, port, 0, set.kind, &set.body);
    push(&mut runner, port, 9, get.kind, &get.body);
    run(&mut runner, &[0.0; 16]);
    let mut heard = Vec::new();
    let notify = runner.info().notify_output().unwrap().index;
    for event in runner.events_out(notify).unwrap() {
        assert!(patch::is_change(urids.known(), event.kind, event.body));
        patch::changes(urids, event.kind, event.body, |property, value| {
            heard.push((event.frame, property, value));
        });
    }
    assert_eq!(heard, [(9, LEVEL.to_owned(), PatchValue::Float(0.25))]);

    let mut log = Vec::new();
    half.drain_log(|entry| log.push((entry.level, entry.text)));
    let wanted = [
        (LogLevel::Error, "set in run, 4 bytes".to_owned()),
        (LogLevel::Note, "made with blocks of 256".to_owned()),
    ];
    assert_eq!(log, wanted);
}

#[test]
fn the_transport_reaches_a_plugin() {
    let rig = Rig::own();
    let known = rig.settings.urids.known();
    let (_control, mut runner) = rig.test("parameter");
    let position = Position {
        frame: 0,
        speed: 1.0,
        bar: 0,
        bar_beat: 0.0,
        beat_unit: 4,
        beats_per_bar: 4.0,
        beats_per_minute: 133.0,
    };
    let mut buffer = [0; Position::SIZE];
    let body = position.write(&mut buffer, known);
    push(&mut runner, 0, 0, known.atom_object, body);
    run(&mut runner, &[0.0; 16]);
    assert_eq!(control(&runner, "bpm"), 133.0);
}

#[test]
fn a_plugins_own_objects_can_be_read() {
    // eg-fifths of Debian sends MIDI; the test parameter plugin objects.
    let rig = Rig::own();
    let urids = &rig.settings.urids;
    let known = urids.known();
    let (_control, mut runner) = rig.test("parameter");
    let key = "urn:archibald:test:parameter#file";
    let set = patch::set_message(urids, None, key, &PatchValue::Path("/tmp/a.wav".into()));
    let get = patch::get_message(urids, None, key);
    push(&mut runner, 0, 0, set.kind, &set.body);
    push(&mut runner, 0, 0, get.kind, &get.body);
    run(&mut runner, &[0.0; 16]);
    let event = runner.events_out(1).unwrap().iter().next().unwrap();
    let (otype, mut properties) = object(event.body).unwrap();
    assert_eq!(otype, known.patch_set);
    let wanted = Atom { kind: known.atom_urid, body: &urids.map(key).to_ne_bytes() };
    assert_eq!(properties.next(), Some((known.patch_property, wanted)));
}
