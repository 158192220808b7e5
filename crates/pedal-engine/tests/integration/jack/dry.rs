//! The dry way around the engine.

use super::server::Server;
use super::stub::{Client, Job};
use pedal_engine::backend::jack::JackOptions;
use pedal_engine::backend::{Backend, ExternalPorts};
use pedal_engine::dry_through::{self, DryThroughError, Switched, Where};
use std::time::Duration;

fn switch(server: &str, on: bool, wait: u64) -> Result<Switched, DryThroughError> {
    let place = Where { server: Some(server), engine: "archibald-engine", wait: Duration::from_secs(wait) };
    dry_through::switch(&place, on)
}

#[test]
fn lives_in_the_server_until_it_is_switched_off() {
    let server = Server::start(128);
    let dry = ["system:capture_1>system:playback_1", "system:capture_2>system:playback_2"];
    for _ in 0..2 {
        assert_eq!(switch(&server.name, true, 0).unwrap(), Switched::On(2));
        assert_eq!(server.connections(), dry);
    }
    assert_eq!(switch(&server.name, false, 0).unwrap(), Switched::Off(2));
    assert_eq!(switch(&server.name, false, 0).unwrap(), Switched::Off(0));
    assert!(server.connections().is_empty());
}

#[test]
fn a_running_engine_takes_over_and_is_not_disturbed() {
    let server = Server::start(128);
    switch(&server.name, true, 0).unwrap();
    let options =
        JackOptions { server: Some(server.name.clone()), playbacks_wait: true, ..JackOptions::default() };
    let mut engine = Client::start_with(options, Job::Pass);
    engine.run_blocks(2);
    let connections = server.connections();
    assert_eq!(connections.len(), 4, "it is fed, and the guitar is dry: {connections:?}");
    assert!(connections.iter().all(|pair| pair.starts_with("system:capture_")), "{connections:?}");
    assert_eq!(engine.backend.take_over(), 2);
    assert_eq!(server.connections().len(), 4);
    assert!(server.connections().iter().all(|pair| pair.contains("archibald-engine")));
    assert_eq!(engine.backend.take_over(), 0);
    // A late service manager must not put the dry signal beside the wet one.
    assert_eq!(switch(&server.name, true, 0).unwrap(), Switched::EngineRuns);
    assert_eq!(server.connections().len(), 4);
    engine.backend.stop();
    assert_eq!(switch(&server.name, true, 0).unwrap(), Switched::On(2));
}

#[test]
fn a_channel_that_the_engine_has_not_got_does_not_stay_dry() {
    let server = Server::start(128);
    switch(&server.name, true, 0).unwrap();
    let options = JackOptions {
        server: Some(server.name.clone()),
        captures: Some(1),
        playbacks: Some(1),
        playbacks_wait: true,
        ..JackOptions::default()
    };
    let mut engine = Client::start_with(options, Job::Pass);
    engine.run_blocks(2);
    assert_eq!(engine.backend.take_over(), 2);
    let expected =
        ["archibald-engine:playback_1>system:playback_1", "system:capture_1>archibald-engine:capture_1"];
    assert_eq!(server.connections(), expected);
}

#[test]
fn the_guard_waits_until_the_engine_is_heard() {
    let server = Server::start(128);
    let mut guard =
        crate::cli::engine().args(["dry-through", "--guard", "--server", &server.name]).spawn().unwrap();
    let options =
        JackOptions { server: Some(server.name.clone()), playbacks_wait: true, ..JackOptions::default() };
    let dry = |server: &Server| {
        server.connections().iter().filter(|pair| !pair.contains("archibald-engine")).count()
    };
    super::stub::wait_for("the dry way", || dry(&server) == 2);
    let mut engine = Client::start_with(options, Job::Pass);
    engine.run_blocks(100);
    assert_eq!(dry(&server), 2, "an engine that cannot be heard leaves it alone");
    // Somebody connects the output by hand: then the guard is the one that ends the dry way.
    for n in 1..=2 {
        let (ours, amplifier) = (format!("archibald-engine:playback_{n}"), format!("system:playback_{n}"));
        engine.backend.connect(&ours, &amplifier).unwrap();
    }
    super::stub::wait_for("the end of the dry way", || dry(&server) == 0);
    engine.run_blocks(50);
    assert_eq!(server.connections().len(), 4);
    crate::cli::terminate(&guard);
    assert_eq!(guard.wait().unwrap().code(), Some(0));
}

#[test]
fn waits_for_a_server() {
    let name = format!("late{}", std::process::id());
    assert!(switch(&name, true, 0).is_err());
    let waiting = {
        let name = name.clone();
        std::thread::spawn(move || switch(&name, true, 10))
    };
    let server = Server::start_named(&name, 128);
    assert_eq!(waiting.join().unwrap().unwrap(), Switched::On(2));
    assert_eq!(server.connections().len(), 2);
}

#[test]
fn the_command_holds_the_connections_until_a_signal() {
    let server = Server::start(128);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_archibald-engine"))
        .args(["dry-through", "--hold", "--server", &server.name])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    super::stub::wait_for("the connections", || server.connections().len() == 2);
    crate::cli::terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(server.connections().is_empty());
}

#[test]
fn the_guard_connects_when_the_engine_is_killed_and_finds_the_next_server() {
    let name = format!("guarded{}", std::process::id());
    let mut server = Server::start_named(&name, 128);
    let dry = ["system:capture_1>system:playback_1", "system:capture_2>system:playback_2"];
    let mut guard = crate::cli::engine().args(["dry-through", "--guard", "--server", &name]).spawn().unwrap();
    super::stub::wait_for("the dry way of a server without an engine", || server.connections() == dry);
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let socket = folder.path().join("engine.sock");
        crate::cli::engine()
            .args(["run", "--server", &name, "--socket", socket.to_str().unwrap()])
            .spawn()
            .unwrap()
    };
    let taken = |server: &Server| {
        let connections = server.connections();
        connections.len() == 4 && connections.iter().all(|pair| pair.contains("archibald-engine:"))
    };
    let mut engine = run();
    super::stub::wait_for("the take-over", || taken(&server));
    engine.kill().unwrap();
    engine.wait().unwrap();
    super::stub::wait_for("the dry way after a kill", || server.connections() == dry);
    let mut engine = run();
    super::stub::wait_for("the second take-over", || taken(&server));
    server.kill();
    engine.wait().unwrap();
    let server = Server::start_named(&name, 128);
    super::stub::wait_for("the dry way on the next server", || server.connections() == dry);
    crate::cli::terminate(&guard);
    assert_eq!(guard.wait().unwrap().code(), Some(0));
    assert_eq!(server.connections(), dry, "what sounds goes on sounding");
}
