//! Start, stop, and the ways in which a server or a process can end.

use super::server::Server;
use super::stub::{Client, Job, wait_for};
use pedal_engine::backend::jack::{JackBackend, JackOptions};
use pedal_engine::backend::{Backend, BackendState, ExternalPorts, PortError};

fn options(server: &Server) -> JackOptions {
    JackOptions {
        client_name: "engine".to_owned(),
        server: Some(server.name.clone()),
        ..JackOptions::default()
    }
}

#[test]
fn connects_itself_to_the_physical_ports() {
    let server = Server::start(128);
    let engine = Client::start_with(options(&server), Job::Pass);
    let format = engine.backend.format();
    assert_eq!(
        (format.sample_rate, format.max_frames, format.captures, format.playbacks),
        (48_000, 128, 2, 2)
    );
    assert_eq!(engine.backend.client_name(), Some("engine"));
    let expected = [
        "engine:playback_1>system:playback_1",
        "engine:playback_2>system:playback_2",
        "system:capture_1>engine:capture_1",
        "system:capture_2>engine:capture_2",
    ];
    assert_eq!(server.connections(), expected);
}

#[test]
fn a_taken_name_is_changed_and_told() {
    let server = Server::start(128);
    let first = Client::start_with(options(&server), Job::Pass);
    let second = Client::start_with(JackOptions { mod_host_names: false, ..options(&server) }, Job::Pass);
    assert_eq!(first.backend.client_name(), Some("engine"));
    assert_eq!(second.backend.client_name(), Some("engine-01"));
}

#[test]
fn stop_returns_the_process_and_start_goes_on() {
    let server = Server::start(128);
    let mut engine = Client::start_with(options(&server), Job::Pass);
    engine.run_blocks(5);
    for _ in 0..3 {
        let process = engine.backend.stop().expect("the process comes back");
        assert_eq!(engine.backend.state(), BackendState::Stopped);
        assert!(server.connections().is_empty());
        engine.backend.start(process).expect("starts again");
        engine.run_blocks(5);
        assert_eq!(server.connections().len(), 4);
    }
    assert!(engine.backend.stats().periods >= 5);
    assert!(engine.backend.stats().server_load.is_some());
}

#[test]
fn the_death_of_the_server_is_told_and_a_new_one_is_taken() {
    let mut server = Server::start(128);
    let mut engine = Client::start_with(options(&server), Job::Pass);
    engine.run_blocks(5);
    server.kill();
    wait_for("the loss", || matches!(engine.backend.state(), BackendState::Lost(_)));
    assert!(matches!(engine.backend.ensure_input("system:capture_1", ""), Err(PortError::Stopped)));
    assert_eq!(engine.backend.stats().server_load, None);
    let process = engine.backend.stop().expect("the process survives its server");

    let again = JackBackend::open(options(&server));
    assert!(again.is_err(), "the server is dead");
    let server = Server::start_named(&server.name, 256);
    engine.backend.start(process).expect("the new server takes the client");
    engine.run_blocks(5);
    assert_eq!(engine.backend.format().max_frames, 256);
    assert_eq!(server.connections().len(), 4);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "unwinding allocates, which aborts a callback of a debug build")]
fn a_panic_of_the_process_is_told() {
    let server = Server::start(128);
    let mut engine = Client::start_with(options(&server), Job::Panic);
    wait_for("the loss", || matches!(engine.backend.state(), BackendState::Lost(_)));
    assert_eq!(
        engine.backend.state(),
        BackendState::Lost(format!("JACK server `{}`: the engine's callback panicked", server.name))
    );
    assert!(engine.backend.stop().is_none());
}

#[test]
fn the_priority_of_the_callback_is_known_before_the_start() {
    let open = |server: &Server| {
        JackBackend::open(JackOptions {
            client_name: "asks".to_owned(),
            server: Some(server.name.clone()),
            ..JackOptions::default()
        })
        .expect("the server is there")
    };
    assert_eq!(open(&Server::start(1024)).real_time_priority(), None);
    // jackd's own threads are five above its clients'.
    assert_eq!(open(&Server::start_real_time(40)).real_time_priority(), Some(35));
}
