//! The virtual port on the ALSA sequencer, where there is one.

use std::ffi::CStr;
use std::path::Path;
use std::time::{Duration, Instant};

use alsa::seq::{Addr, EvNote, Event, EventType, PortCap, PortSubscribe, PortType, Seq};

use crate::support::Bridge;

/// Opens the sequencer or says why the test is skipped.
fn open(name: &CStr) -> Option<(Seq, Addr)> {
    if !Path::new(midi_bridge::alsa_thru::SEQUENCER).exists() {
        eprintln!("skipped: no {} on this machine (module snd-seq)", midi_bridge::alsa_thru::SEQUENCER);
        return None;
    }
    let seq = Seq::open(None, None, true).unwrap();
    let caps = PortCap::READ | PortCap::WRITE | PortCap::SUBS_READ | PortCap::SUBS_WRITE;
    let port = seq.create_simple_port(name, caps, PortType::MIDI_GENERIC).unwrap();
    let address = Addr { client: seq.client_id().unwrap(), port };
    Some((seq, address))
}

fn subscribe(seq: &Seq, from: Addr, to: Addr) {
    let subscription = PortSubscribe::empty().unwrap();
    subscription.set_sender(from);
    subscription.set_dest(to);
    seq.subscribe_port(&subscription).unwrap();
}

fn notes(seq: &Seq, count: usize) -> Vec<(EventType, u8)> {
    let mut input = seq.input();
    let mut notes = Vec::new();
    let start = Instant::now();
    while notes.len() < count {
        assert!(start.elapsed() < Duration::from_secs(20), "only {notes:?}");
        while input.event_input_pending(true).unwrap() > 0 {
            let event = input.event_input().unwrap();
            notes.extend(event.get_data::<EvNote>().map(|note| (event.get_type(), note.note)));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    notes
}

#[test]
fn a_lost_source_holds_no_note() {
    let Some((listener, hears)) = open(c"listener") else { return };
    let (player, plays) = open(c"player").unwrap();
    let mut bridge = Bridge::spawn(&["thru", "--name", "thru-test", "--backend", "alsa"]);
    let line = bridge.wait_for("running as");
    let address = line.split(' ').nth(2).unwrap();
    let (client, port) = address.split_once(':').unwrap();
    let thru = Addr { client: client.parse().unwrap(), port: port.parse().unwrap() };
    subscribe(&listener, thru, hears);
    subscribe(&player, plays, thru);
    for note in [60, 61] {
        let data = EvNote { channel: 2, note, velocity: 100, off_velocity: 0, duration: 0 };
        let mut event = Event::new(EventType::Noteon, &data);
        event.set_source(plays.port);
        event.set_subs();
        event.set_direct();
        player.event_output_direct(&mut event).unwrap();
    }
    assert_eq!(notes(&listener, 2), [(EventType::Noteon, 60), (EventType::Noteon, 61)]);
    drop(player);
    assert_eq!(notes(&listener, 2), [(EventType::Noteoff, 60), (EventType::Noteoff, 61)]);
}
