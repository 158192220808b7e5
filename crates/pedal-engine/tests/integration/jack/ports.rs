//! Channels to other programs, made on demand.

use super::server::Server;
use super::stub::{Client, Job, wait_for};
use pedal_engine::backend::{Backend, ExternalChannel, ExternalPorts, PortError, PortFlow, PortKind};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

const AUDIO_1: ExternalChannel = ExternalChannel { kind: PortKind::Audio, index: 1 };

#[test]
fn a_foreign_source_becomes_a_channel_under_its_old_name() {
    let server = Server::start(64);
    let _source = Client::start(&server, "source", Job::Ramp { next: 1.0 });
    let (done, tape) = sync_channel(1);
    let record = Job::Record { input: 1, tape: Vec::with_capacity(64 * 50), done };
    let mut engine = Client::start(&server, "engine", record);
    assert_eq!(engine.backend.ensure_input("source:playback_1", "effect_3:in").unwrap(), AUDIO_1);
    let tape = tape.recv_timeout(Duration::from_secs(10)).expect("the tape fills");
    assert!(tape.iter().any(|&x| x > 0.0), "no signal on the new channel");
    assert_eq!(engine.seen.inputs.load(SeqCst), 2);
    assert_eq!(server.connections(), ["source:playback_1>engine:in_1"]);
    assert_eq!(engine.backend.look_up("effect_3:in"), Some((PortKind::Audio, PortFlow::Sink)));

    // The same name again is the same channel; only the last release disconnects it.
    assert_eq!(engine.backend.ensure_input("source:playback_1", "effect_4:in").unwrap(), AUDIO_1);
    engine.backend.release_input("source:playback_1").unwrap();
    assert_eq!(server.connections().len(), 1);
    engine.backend.release_input("source:playback_1").unwrap();
    assert!(server.connections().is_empty());
    assert_eq!(engine.backend.look_up("effect_3:in"), None, "the alias is gone");
    let again = engine.backend.release_input("source:playback_1");
    assert!(matches!(again, Err(PortError::NotConnected(_))));

    // The pooled port is used again.
    assert_eq!(
        engine.backend.ensure_input("mod-monitor:out_1", "effect_5:in").err().map(|e| e.to_string()),
        Some("JACK port `mod-monitor:out_1` is no source".to_owned()),
        "our own port is not foreign"
    );
    assert_eq!(engine.backend.ensure_input("system:capture_2", "effect_5:in").unwrap(), AUDIO_1);
    assert_eq!(server.connections(), ["system:capture_2>engine:in_1"]);
}

#[test]
fn a_channel_goes_to_a_foreign_sink() {
    let server = Server::start(64);
    let mut engine = Client::start(&server, "engine", Job::Ramp { next: 1.0 });
    let (done, tape) = sync_channel(1);
    let record = Job::Record { input: 0, tape: Vec::with_capacity(64 * 50), done };
    let _sink = Client::start(&server, "sink", record);
    assert_eq!(engine.backend.ensure_output("sink:capture_1", "effect_9:out").unwrap(), AUDIO_1);
    let tape = tape.recv_timeout(Duration::from_secs(10)).expect("the tape fills");
    assert!(tape.iter().any(|&x| x > 0.0));
    assert_eq!(server.connections(), ["engine:out_1>sink:capture_1"]);
    engine.backend.release_output("sink:capture_1").unwrap();
    assert!(server.connections().is_empty());
}

#[test]
fn midi_of_another_program_has_a_buffer_of_its_own() {
    let server = Server::start(128);
    let _keys = Client::start(&server, "keys", Job::Notes);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    let sink = Client::start(&server, "sink", Job::Pass);
    let midi_1 = ExternalChannel { kind: PortKind::Midi, index: 1 };
    assert_eq!(engine.backend.ensure_input("keys:midi_out", "effect_1:midi").unwrap(), midi_1);
    assert_eq!(engine.backend.ensure_output("sink:midi_in", "effect_1:midi_out").unwrap(), midi_1);
    wait_for("notes at the sink", || sink.seen.midi_events.load(SeqCst) >= 20);
}

#[test]
fn wrong_names_are_refused_in_words() {
    let server = Server::start(128);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    let backend = &mut engine.backend;
    assert!(
        matches!(backend.ensure_input("nobody:out", ""), Err(PortError::Unknown(name)) if name == "nobody:out")
    );
    assert!(matches!(backend.ensure_input("a\0b", ""), Err(PortError::Unknown(_))));
    assert!(matches!(
        backend.ensure_input("system:playback_1", ""),
        Err(PortError::WrongWay { wanted: "source", .. })
    ));
    assert!(matches!(
        backend.ensure_output("system:capture_1", ""),
        Err(PortError::WrongWay { wanted: "sink", .. })
    ));
    assert!(matches!(
        backend.connect("system:playback_1", "system:capture_1"),
        Err(PortError::WrongWay { .. })
    ));
    assert!(backend.ensure_input("system:capture_1", "alias with \0").is_ok());
    assert!(server.connections().iter().any(|pair| pair == "system:capture_1>engine:in_1"));
}

#[test]
fn the_channels_have_an_end() {
    let server = Server::start(256);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    let mut others: Vec<Client> = Vec::new();
    let mut full = None;
    'programs: for n in 0..4 {
        let options = pedal_engine::backend::jack::JackOptions {
            client_name: format!("other{n}"),
            server: Some(server.name.clone()),
            captures: Some(1),
            playbacks: Some(30),
            connect_audio: false,
            playbacks_wait: false,
            connect_midi: false,
            mod_host_names: false,
        };
        others.push(Client::start_with(options, Job::Pass));
        for port in 1..=30 {
            let name = format!("other{n}:playback_{port}");
            match engine.backend.ensure_input(&name, "") {
                Ok(channel) => assert_eq!(channel.index, n * 30 + port),
                Err(error) => {
                    full = Some((n * 30 + port, error));
                    break 'programs;
                }
            }
        }
    }
    let (count, error) = full.expect("64 channels are not endless");
    assert_eq!(count, 64);
    assert!(matches!(error, PortError::Full { limit: 64, .. }), "{error}");
    wait_for("all channels", || engine.seen.inputs.load(SeqCst) == 64);
}

#[test]
fn the_server_knows_how_late_the_board_is() {
    let server = Server::start(64);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    engine.backend.ensure_input("system:capture_1", "").unwrap();
    engine.backend.ensure_output("system:playback_1", "").unwrap();
    let capture = |port: &str| server.latencies(port)[0];
    let playback = |port: &str| server.latencies(port)[1];
    // the ports made on demand are the second ones
    wait_for("the driver's own latencies", || capture("engine:in_1").0 > 0);
    let (heard, told) = (capture("engine:in_1"), playback("engine:out_1"));
    engine.backend.set_latency(100);
    wait_for("the new latency", || capture("engine:out_1") == (heard.0 + 100, heard.1 + 100));
    assert_eq!(playback("engine:in_1"), (told.0 + 100, told.1 + 100));
    engine.backend.set_latency(0);
    wait_for("the old latency", || capture("engine:out_1") == heard);
}

#[test]
fn the_server_can_be_let_off_its_clock() {
    let server = Server::start(64);
    let mut engine = Client::start(&server, "engine", Job::Pass);
    engine.backend.set_freewheel(true).unwrap();
    wait_for("a free block", || engine.seen.freewheel.load(SeqCst));
    engine.backend.set_freewheel(false).unwrap();
    wait_for("a block by the clock", || !engine.seen.freewheel.load(SeqCst));
    engine.backend.stop();
    let error = engine.backend.set_freewheel(true).unwrap_err();
    assert_eq!(error.to_string(), "the JACK back end is not running");
}
