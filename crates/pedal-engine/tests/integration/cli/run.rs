//! An engine that runs: it serves, tells its service manager, comes back with its board, and ends when it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Child, Stdio};

use super::{AMP, ask, board, engine, fails, run, terminate, told};

/// An engine on the dummy back end, ready to serve on a socket in `folder`.
struct Running {
    child: Child,
    manager: UnixDatagram,
    socket: std::path::PathBuf,
}

impl Running {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let notify = folder.join("notify");
        let _ = std::fs::remove_file(&notify);
        let manager = UnixDatagram::bind(&notify).expect("a free path");
        let socket = folder.join("engine.sock");
        let child = engine()
            .args(["run", "--backend", "dummy", "--priority", "0"])
            .args(args)
            .env("RUNTIME_DIRECTORY", folder)
            .env("STATE_DIRECTORY", folder)
            .env("CACHE_DIRECTORY", folder)
            .env("NOTIFY_SOCKET", &notify)
            .env_remove("WATCHDOG_USEC")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let running = Self { child, manager, socket };
        assert_eq!(told(&running.manager), "READY=1\nSTATUS=dummy, 48000 Hz, 128 frames, 2 in, 2 out");
        running
    }

    fn ask(&self, command: &str) -> String {
        ask(&self.socket, command)
    }

    fn stats(&self) -> serde_json::Value {
        let output = run(&["stats", "--json", "--socket", self.socket.to_str().expect("a plain path")]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Waits for the end; what was logged.
    fn end(mut self, code: i32) -> String {
        let status = self.child.wait().expect("it is ours");
        let mut log = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
        assert_eq!(status.code(), Some(code), "{log}");
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `mod-host` in the background has nobody at the other end of its standard output.
#[test]
fn what_prints_does_no_harm_when_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(&script, "remove -1\nset_bpm 90\n").unwrap();
    let mut engine = Running::start(folder.path(), &[]);
    drop(engine.child.stdout.take());
    let mut socket = UnixStream::connect(&engine.socket).unwrap();
    // neither is answered; what comes behind them is
    let commands = format!("help\0load {}\0remove 7\0", script.display());
    socket.write_all(commands.as_bytes()).unwrap();
    let mut answer = Vec::new();
    BufReader::new(socket).read_until(0, &mut answer).unwrap();
    assert_eq!(answer, b"resp 0\0");
}

/// Where the system sets a limit, or refuses, the program says so and runs on.
#[test]
fn memory_is_locked_where_nothing_limits_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Running::start(folder.path(), &[]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.child.id())).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap().trim().to_owned();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", engine.child.id())).unwrap();
    let limit = limits.lines().find(|line| line.starts_with("Max locked memory")).unwrap();
    let limited = limit.split_whitespace().nth(3) != Some("unlimited");
    terminate(&engine.child);
    let log = engine.end(0);
    assert_eq!(locked != "0 kB", log.contains("memory is locked"), "{locked}: {log}");
    assert_eq!(limited, log.contains("memory is not locked"), "{limit}: {log}");
}

#[test]
fn run_serves_until_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Running::start(folder.path(), &["--limiter", "--overrun", "report", "--workers", "1"]);
    assert_eq!(engine.ask(&format!("add {AMP} 5")), "resp 5");
    assert_eq!(engine.ask("param_set 5 gain -3"), "resp 0");
    assert_eq!(engine.ask("param_get 5 gain"), "resp 0 -3.0000");
    let stats = engine.stats();
    assert_eq!(stats["plugins"][0]["instance"], 5);
    assert!(stats["blocks"].as_u64().unwrap() >= 2);
    terminate(&engine.child);
    assert_eq!(told(&engine.manager), "STOPPING=1");
    let log = engine.end(0);
    assert!(log.contains("running: dummy, 48000 Hz, 128 frames"), "{log}");
    assert!(!folder.path().join("engine.sock").exists(), "the socket is removed");
}

#[test]
fn quit_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Running::start(folder.path(), &[]);
    assert_eq!(engine.ask("quit"), "resp 0");
    assert_eq!(told(&engine.manager), "STOPPING=1");
    engine.end(0);
}

#[test]
fn a_killed_engine_comes_back_with_its_board() {
    let folder = tempfile::tempdir().unwrap();
    let first = board(folder.path(), AMP, -6.0);
    let state = folder.path().join("state/board.json");
    let with_state = ["--state-file", state.to_str().unwrap()];
    let mut engine = Running::start(folder.path(), &[&with_state[..], &["--board", &first]].concat());
    assert_eq!(engine.ask("param_set 3 gain -12"), "resp 0");
    let kept = || std::fs::read_to_string(&state).is_ok_and(|text| text.contains("-12"));
    crate::jack::stub::wait_for("the state file", kept);
    engine.child.kill().unwrap();
    drop(engine);

    let engine = Running::start(folder.path(), &with_state);
    assert_eq!(engine.ask("param_get 3 gain"), "resp 0 -12.0000");
    assert_eq!(engine.stats()["board"], "Test");
    terminate(&engine.child);
    engine.end(0);
}

#[test]
fn a_state_file_that_cannot_be_read_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    let state = folder.path().join("state/board.json");
    std::fs::write(&state, "no board at all").unwrap();
    let engine = Running::start(folder.path(), &["--state-file", state.to_str().unwrap()]);
    terminate(&engine.child);
    let log = engine.end(0);
    assert!(log.contains("starting without a board") && log.contains("board.broken"), "{log}");
    assert_eq!(std::fs::read_to_string(state.with_extension("broken")).unwrap(), "no board at all");
}

#[test]
fn run_refuses_what_cannot_work() {
    fails(&["run", "--backend", "dummy", "--no-socket"], 64, "nobody could reach the engine");
    fails(&["run", "--feedback", "5556"], 64, "--tcp");
    fails(&["run", "--limiter", "99"], 64, "give a number from -60 to 20");
    fails(
        &["run", "--backend", "dummy", "--socket", "/tmp/x.sock", "--period", "0"],
        78,
        "period 0 is out of range",
    );
    fails(&["run", "--backend", "dummy", "--socket", "/proc/nowhere/x.sock"], 1, "/proc/nowhere/x.sock");
}
