//! The dry way around the engine.

use super::server::Server;
use super::stub::{Client, Job};
use pedal_engine::backend::ExternalPorts;
use pedal_engine::backend::jack::JackOptions;
use pedal_engine::dry_through;
use std::time::Duration;

#[test]
fn lives_in_the_server_until_it_is_switched_off() {
    let server = Server::start(128);
    let dry = ["system:capture_1>system:playback_1", "system:capture_2>system:playback_2"];
    for _ in 0..2 {
        assert_eq!(dry_through::switch(Some(&server.name), true, Duration::ZERO).unwrap(), 2);
        assert_eq!(server.connections(), dry);
    }
    assert_eq!(dry_through::switch(Some(&server.name), false, Duration::ZERO).unwrap(), 2);
    assert_eq!(dry_through::switch(Some(&server.name), false, Duration::ZERO).unwrap(), 0);
    assert!(server.connections().is_empty());
}

#[test]
fn a_running_engine_takes_over() {
    let server = Server::start(128);
    dry_through::switch(Some(&server.name), true, Duration::ZERO).unwrap();
    let options = JackOptions { server: Some(server.name.clone()), ..JackOptions::default() };
    let mut engine = Client::start_with(options, Job::Pass);
    engine.run_blocks(2);
    assert_eq!(server.connections().len(), 6);
    assert_eq!(engine.backend.end_dry_through(), 2);
    assert_eq!(server.connections().len(), 4);
    assert!(server.connections().iter().all(|pair| pair.contains("archibald-engine")));
}

#[test]
fn waits_for_a_server() {
    let name = format!("late{}", std::process::id());
    assert!(dry_through::switch(Some(&name), true, Duration::ZERO).is_err());
    let waiting = {
        let name = name.clone();
        std::thread::spawn(move || dry_through::switch(Some(&name), true, Duration::from_secs(10)))
    };
    let server = Server::start_named(&name, 128);
    assert_eq!(waiting.join().unwrap().unwrap(), 2);
    assert_eq!(server.connections().len(), 2);
}
