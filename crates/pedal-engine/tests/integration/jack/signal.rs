//! Samples and MIDI through the engine's ports.

use super::server::Server;
use super::stub::{Client, Job, wait_for};
use pedal_engine::backend::ExternalPorts;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// After the first sample that is not silence the tape must count on by one without gap or repetition.
#[track_caller]
pub(super) fn assert_counts_on(tape: &[f32]) {
    let start = tape.iter().position(|&x| x != 0.0).expect("there is a signal");
    for (n, pair) in tape[start..].windows(2).enumerate() {
        assert_eq!(pair[1], pair[0] + 1.0, "jump at frame {} after the start", n + 1);
    }
    assert!(tape.len() - start > 1000, "only {} frames", tape.len() - start);
}

#[test]
fn passes_every_sample_exactly_once() {
    let server = Server::start(64);
    let source = Client::start(&server, "source", Job::Ramp { next: 1.0 });
    let mut engine = Client::start(&server, "engine", Job::Pass);
    let (done, tape) = sync_channel(1);
    let record = Job::Record { input: 0, tape: Vec::with_capacity(64 * 100), done };
    let _sink = Client::start(&server, "sink", record);
    engine.backend.connect("engine:playback_1", "sink:capture_1").unwrap();
    engine.backend.connect("source:playback_1", "engine:capture_1").unwrap();
    assert_counts_on(&tape.recv_timeout(Duration::from_secs(10)).expect("the tape fills"));
    assert!(source.seen.blocks.load(SeqCst) > 0);
}

#[test]
fn midi_goes_through_every_block() {
    let server = Server::start(128);
    let _keys = Client::start(&server, "keys", Job::Notes);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    let sink = Client::start(&server, "sink", Job::Pass);
    // By the names that mod-ui knows.
    engine.backend.connect("keys:midi_out", "mod-host:midi_in").unwrap();
    engine.backend.connect("engine:midi_out", "sink:midi_in").unwrap();
    wait_for("notes at the sink", || sink.seen.midi_events.load(SeqCst) >= 50);
    assert!(engine.seen.midi_events.load(SeqCst) >= 50);
}

#[test]
fn follows_a_change_of_period() {
    let server = Server::start(64);
    let engine = Client::start(&server, "engine", Job::Pass);
    engine.run_blocks(10);
    assert_eq!(engine.seen.max_frames.load(SeqCst), 64);
    let changed = std::process::Command::new("jack_bufsize")
        .env("JACK_DEFAULT_SERVER", &server.name)
        .arg("256")
        .output()
        .expect("jack_bufsize runs");
    assert!(changed.status.success());
    wait_for("the new period", || engine.seen.max_frames.load(SeqCst) == 256);
    engine.run_blocks(10);
    use pedal_engine::backend::Backend;
    assert_eq!(engine.backend.format().max_frames, 256);
}
