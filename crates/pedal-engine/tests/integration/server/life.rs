//! Start and end of the server, and its files.

use super::{Recorder, Rig, eventually};
use pedal_engine::server::{FeedbackHub, ListenError, Server, ServerConfig};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn recorder() -> Arc<Mutex<Recorder>> {
    let gate = Arc::new(Mutex::new(()));
    let cycles = Arc::new(Mutex::new(channel().1));
    Arc::new(Mutex::new(Recorder { seen: Vec::new(), cycles, quits: channel().0, gate }))
}

fn start(path: &Path) -> Result<Server, ListenError> {
    let config = ServerConfig { unix: Some(path.to_owned()), ..ServerConfig::default() };
    Server::start(&config, recorder(), FeedbackHub::new().unwrap())
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    files.sort();
    files
}

#[test]
fn stop_ends_all_connections_and_removes_the_sockets() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.unix());
    let mut idle = rig.tcp();
    command.ask("cpu_load");
    idle.ask("cpu_load");
    // A command waits for audio; its end is bounded by itself.
    command.write(b"wait_audio_cycle\0");
    eventually("the wait begins", || rig.seen().len() == 3);
    rig.cycle.send(()).unwrap();
    assert!(rig.server.stop(Duration::from_secs(10)));
    assert!(idle.is_closed() && feedback.is_closed() && command.is_closed());
    assert_eq!(files(rig.socket.parent().unwrap()), [] as [PathBuf; 0]);
    assert_eq!(rig.hub.connections(), 0);
}

#[test]
fn stop_does_not_wait_for_ever_for_a_busy_handler() {
    let rig = Rig::start();
    let mut client = rig.tcp();
    let gate = rig.gate.lock().unwrap();
    client.write(b"x_board\0");
    eventually("the handler is busy", || rig.handler.try_lock().is_err());
    assert!(!rig.server.stop(Duration::from_millis(20)));
    drop(gate);
    assert!(client.is_closed());
}

#[test]
fn sockets_are_private() {
    let rig = Rig::start();
    let directory = rig.socket.parent().unwrap();
    assert_eq!(files(directory), [PathBuf::from("engine.sock"), PathBuf::from("engine.sock.feedback")]);
    for file in files(directory) {
        let mode = std::fs::metadata(directory.join(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
    assert!(rig.server.command_address().unwrap().ip().is_loopback());
    assert!(rig.server.feedback_address().unwrap().ip().is_loopback());
}

#[test]
fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(UnixListener::bind(&path).unwrap()); // what `kill -9` leaves
    let first = start(&path).expect("the stale socket is replaced");
    assert!(matches!(start(&path), Err(ListenError::InUse { .. })));
    let mut client = super::Client::unix(&path);
    assert_eq!(client.ask("add u 4"), "resp 4");
    // Somebody replaces our file: it is not ours to remove.
    std::fs::remove_file(&path).unwrap();
    let _foreign = UnixListener::bind(&path).unwrap();
    assert!(first.stop(Duration::from_secs(10)));
    assert_eq!(files(directory.path()), [PathBuf::from("s")]);
}

#[test]
fn other_files_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(start(&path), Err(ListenError::NoSocket { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(files(directory.path()), [PathBuf::from("notes")]);
    let nowhere = directory.path().join("missing/s");
    assert!(matches!(start(&nowhere), Err(ListenError::Unix { .. })));
    let long = directory.path().join("x".repeat(120));
    assert!(matches!(start(&long), Err(ListenError::Unix { .. })));
}

#[test]
fn a_taken_port_is_named() {
    let rig = Rig::start();
    let port = rig.server.command_address().unwrap().port();
    let config = ServerConfig { tcp: Some(port), ..ServerConfig::default() };
    let Err(error) = Server::start(&config, recorder(), FeedbackHub::new().unwrap()) else {
        panic!("two servers on one port");
    };
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[test]
fn a_server_can_start_again_with_the_same_hub() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let config = ServerConfig { unix: Some(path.clone()), ..ServerConfig::default() };
    let hub = FeedbackHub::new().unwrap();
    for _ in 0..5 {
        let server = Server::start(&config, recorder(), hub.clone()).unwrap();
        assert_eq!(super::Client::unix(&path).ask("add u 4"), "resp 4");
        assert!(server.stop(Duration::from_secs(10)));
    }
}
