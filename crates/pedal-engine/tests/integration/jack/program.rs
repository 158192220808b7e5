//! The program on a real server: under its own name, and under mod-host's.

use super::server::Server;
use super::stub::wait_for;
use crate::cli::{engine, terminate};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

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
