//! The program on a real server: under its own name, and under mod-host's.

use super::server::Server;
use super::signal::assert_counts_on;
use super::stub::{Client, Job, wait_for};
use crate::cli::{ask, engine, terminate};
use pedal_engine::backend::ExternalPorts;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

#[test]
fn takes_over_from_the_dry_way_and_ends_with_its_server() {
    let mut server = Server::start(128);
    let dry = engine().args(["dry-through", "--server", &server.name]).output().unwrap();
    assert_eq!(dry.stdout, b"dry: 2 connections from capture to playback\n");
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine.sock");
    let mut child = engine()
        .args(["run", "--server", &server.name, "--socket", socket.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the take-over", || {
        let connections = server.connections();
        connections.len() == 4 && connections.iter().all(|pair| pair.contains("archibald-engine:"))
    });
    server.kill();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut log = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut log).unwrap();
    assert!(log.contains(&format!("JACK server `{}`", server.name)), "{log}");
}

#[test]
fn by_mod_hosts_name_it_takes_mod_hosts_options() {
    let server = Server::start(128);
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("mod-host");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_archibald-engine"), &name).unwrap();
    let version = Command::new(&name).arg("-V").output().unwrap();
    assert!(version.status.success() && version.stdout.starts_with(b"mod-host "));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new(&name)
        .args(["-n", "-p", &port.to_string()])
        .env("JACK_DEFAULT_SERVER", &server.name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "mod-host ready!\n");
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.write_all(b"remove 7\0").unwrap();
    let mut answer = Vec::new();
    BufReader::new(&socket).read_until(0, &mut answer).unwrap();
    assert_eq!(answer, b"resp 0\0");
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let refused = Command::new(&name).arg("--no-such-option").output().unwrap();
    assert_eq!(refused.status.code(), Some(64));
}

const AMP: &str = "http://lv2plug.in/plugins/eg-amp";

/// An unlucky moment of a busy machine is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(20);

/// Cables to other programs, given by the names that mod-ui uses, and a period that doubles while they sound. A gain of 0 dB is a
/// factor of exactly 1, so that the ramp must come out unchanged.
#[test]
fn carries_other_programs_signals_across_a_change_of_period() {
    let server = Server::start(64);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine.sock");
    let child = engine()
        .args(["run", "--server", &server.name, "--socket", socket.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Reaped(child);
    wait_for("the socket", || socket.exists() && server.connections().len() == 4);
    let source = Client::start(&server, "source", Job::Ramp { next: 1.0 });
    let listen = |name: &str| {
        let (done, tape) = sync_channel(1);
        let record = Job::Record { input: 0, tape: Vec::with_capacity(4000), done };
        (Client::start(&server, name, record), tape)
    };
    assert_eq!(ask(&socket, &format!("add {AMP} 0")), "resp 0");
    assert_eq!(ask(&socket, "connect source:playback_1 effect_0:in"), "resp 0");

    let (sink, tape) = listen("sink");
    assert_eq!(ask(&socket, "connect effect_0:out sink:capture_1"), "resp 0");
    // The fade of the new cable is over before anybody listens closely.
    tape.recv_timeout(PATIENCE).expect("a first tape");
    drop(sink);
    let on_demand = "source:playback_1>archibald-engine:in_1";
    assert!(server.connections().iter().any(|pair| pair == on_demand), "{:?}", server.connections());

    let (mut second, tape) = listen("second");
    second.backend.connect("archibald-engine:out_1", "second:capture_1").unwrap();
    assert_counts_on(&tape.recv_timeout(PATIENCE).expect("a tape at 64 frames"));

    let changed =
        Command::new("jack_bufsize").env("JACK_DEFAULT_SERVER", &server.name).arg("128").output().unwrap();
    assert!(changed.status.success());
    source.run_blocks(50);
    let (mut third, tape) = listen("third");
    third.backend.connect("archibald-engine:out_1", "third:capture_1").unwrap();
    assert_counts_on(
        &tape.recv_timeout(PATIENCE).expect("a tape at 128 frames, through a plugin made for 64"),
    );

    // What is added now is made for the new period.
    assert_eq!(ask(&socket, &format!("add {AMP} 1")), "resp 1");
    assert_eq!(ask(&socket, "connect source:playback_1 effect_1:in"), "resp 0");
    assert_eq!(ask(&socket, "disconnect source:playback_1 effect_0:in"), "resp 0");
    terminate(&child.0);
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
}

/// Ends with the test.
struct Reaped(std::process::Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Cables to other programs belong to the board: after a `kill -9` the next engine makes them again, those to a program that
/// is away as soon as it comes. A cable that is taken off gives its port back.
#[test]
fn cables_to_other_programs_outlive_the_engine() {
    let server = Server::start(64);
    let folder = tempfile::tempdir().unwrap();
    let (socket, state) = (folder.path().join("engine.sock"), folder.path().join("state.json"));
    let start = || {
        let child = engine()
            .args(["run", "--server", &server.name, "--socket", socket.to_str().unwrap()])
            .args(["--state-file", state.to_str().unwrap()])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for("the engine", || {
            std::os::unix::net::UnixStream::connect(&socket).is_ok() && server.connections().len() >= 4
        });
        Reaped(child)
    };
    let mut first = start();
    let source = Client::start(&server, "source", Job::Ramp { next: 1.0 });
    let keys = Client::start(&server, "keys", Job::Notes);
    for (command, answer) in [
        (&*format!("add {AMP} 0"), "resp 0"),
        ("connect source:playback_1 effect_0:in", "resp 0"),
        ("connect effect_0:out system:playback_1", "resp 0"),
        ("connect keys:midi_out mod-host:midi_in", "resp 0"),
    ] {
        assert_eq!(ask(&socket, command), answer, "{command}");
    }
    let kept = || {
        let text = std::fs::read_to_string(&state).unwrap_or_default();
        text.contains("source:playback_1") && text.contains("keys:midi_out")
    };
    wait_for("the state file", kept);
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    drop(source);
    wait_for("the death", || server.connections().is_empty());

    let mut second = start();
    let there = |pair: &str| server.connections().iter().any(|other| other == pair);
    wait_for("the keyboard's cable", || there("keys:midi_out>archibald-engine:midi_in"));
    assert!(kept(), "what is not there yet is not forgotten");
    let _source = Client::start(&server, "source", Job::Ramp { next: 1.0 });
    wait_for("the other cable", || there("source:playback_1>archibald-engine:in_1"));

    assert_eq!(ask(&socket, "disconnect source:playback_1 effect_0:in"), "resp 0");
    wait_for("the port to be given back", || !there("source:playback_1>archibald-engine:in_1"));
    assert_eq!(ask(&socket, "connect system:capture_2 effect_0:in"), "resp 0");
    drop(keys);
    wait_for("the keyboard to go", || !there("keys:midi_out>archibald-engine:midi_in"));
    assert_eq!(ask(&socket, "disconnect keys:midi_out mod-host:midi_in"), "resp 0");
    wait_for("the new state file", || {
        let text = std::fs::read_to_string(&state).unwrap_or_default();
        !text.contains("source:playback_1") && !text.contains("keys:midi_out")
    });
    terminate(&second.0);
    assert_eq!(second.0.wait().unwrap().code(), Some(0));
}
