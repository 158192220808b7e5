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
    let options = JackOptions { server: Some(server.name.clone()), ..JackOptions::default() };
    let mut engine = Client::start_with(options, Job::Pass);
    engine.run_blocks(2);
    assert_eq!(server.connections().len(), 6);
    assert_eq!(engine.backend.end_dry_through(), 2);
    assert_eq!(server.connections().len(), 4);
    assert!(server.connections().iter().all(|pair| pair.contains("archibald-engine")));
    // A late service manager must not put the dry signal beside the wet one.
    assert_eq!(switch(&server.name, true, 0).unwrap(), Switched::EngineRuns);
    assert_eq!(server.connections().len(), 4);
    engine.backend.stop();
    assert_eq!(switch(&server.name, true, 0).unwrap(), Switched::On(2));
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
