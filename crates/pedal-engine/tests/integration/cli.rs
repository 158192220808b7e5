//! The program as a person or a service manager runs it: output, exit codes, signals.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const AMP: &str = "http://lv2plug.in/plugins/eg-amp";

pub(crate) fn engine() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archibald-engine"));
    command
        .env_remove("RUST_LOG")
        .env_remove("NOTIFY_SOCKET")
        .env_remove("JOURNAL_STREAM")
        .stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    engine().args(args).output().expect("the program runs")
}

#[track_caller]
fn fails(args: &[&str], code: i32, says: &str) {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(stderr.contains(says), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{args:?}: results only on stdout");
}

pub(crate) fn terminate(child: &Child) {
    assert!(Command::new("kill").arg(child.id().to_string()).status().expect("kill runs").success());
}

#[test]
fn help_is_a_manual() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for part in ["Exit status:", "Environment:", "Examples:", "dry-through", "LV2_PATH", "64 ", "78 "] {
        assert!(help.contains(part), "{part} is missing in:\n{help}");
    }
    assert!(run(&["--version"]).stdout.starts_with(b"archibald-engine "));
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    fails(&["no-such-command"], 64, "no-such-command");
    fails(&[], 64, "Usage");
    fails(&["dry-through", "--backend", "oss"], 64, "oss");
    fails(&["dry-through", "--backend", "dummy", "--off"], 64, "--off works with --backend jack only");
    fails(
        &["dry-through", "--backend", "dummy", "--rate", "1"],
        78,
        "sample rate 1 is out of range: give 8000-384000 Hz",
    );
    fails(&["dry-through", "--server", "x", "--wait", "0"], 1, "cannot reach JACK server `x`");
    fails(&["info", "urn:nobody"], 1, "urn:nobody");
    // a time that no clock can hold
    fails(&["dry-through", "--server", "x", "--wait", "18446744073709551615"], 64, "86400");
    fails(&["run", "--server", "x", "--wait", "18446744073709551615"], 64, "86400");
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

#[test]
fn lists_plugins_for_people_and_programs() {
    let text = String::from_utf8(run(&["list", "EG-AMP"]).stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with(AMP));
    let list: serde_json::Value = serde_json::from_slice(&run(&["list", "--json"]).stdout).unwrap();
    let amp = list
        .as_array()
        .unwrap()
        .iter()
        .find(|plugin| plugin["uri"] == AMP)
        .expect("lv2-examples is installed");
    assert_eq!(amp["audio"], serde_json::json!([1, 1]));
    assert_eq!(amp["control"], serde_json::json!([1, 0]));
}

#[test]
fn describes_a_plugin() {
    let text = String::from_utf8(run(&["info", AMP]).stdout).unwrap();
    assert!(
        text.contains("control in") && text.contains("gain") && text.contains("(-90 to 24) dB"),
        "{text}"
    );
    let info: serde_json::Value = serde_json::from_slice(&run(&["info", AMP, "--json"]).stdout).unwrap();
    assert_eq!(info["ports"][0]["symbol"], "gain");
    assert_eq!(info["ports"][0]["min"], -90.0);
    assert!(info["presets"].is_array());
}

/// The next message to the service manager.
pub(crate) fn told(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 500];
    socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("a plain socket");
    let count = socket.recv(&mut bytes).expect("a message comes");
    String::from_utf8(bytes[..count].to_vec()).expect("sd_notify is text")
}

#[test]
fn a_service_tells_its_state_and_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let mut child = engine()
        .args(["dry-through", "--backend", "dummy", "--priority", "0"])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "1000000")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("dry: copying capture to playback"), "{line}");
    assert_eq!(told(&manager), "READY=1\nSTATUS=dry through");
    assert_eq!(told(&manager), "WATCHDOG=1");
    terminate(&child);
    let mut last = told(&manager);
    while last == "WATCHDOG=1" {
        last = told(&manager);
    }
    assert_eq!(last, "STOPPING=1");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A board of one amplifier with this gain in dB, from the first capture to both playbacks.
fn board(folder: &Path, uri: &str, gain: f32) -> String {
    let path = folder.join("board.json");
    let board = serde_json::json!({
        "version": 1, "name": "Test",
        "plugins": [{ "instance": 3, "uri": uri, "params": { "gain": gain } }],
        "connections": [["system:capture_1", "effect_3:in"], ["effect_3:out", "system:playback_1"],
                        ["effect_3:out", "system:playback_2"]],
    });
    std::fs::write(&path, board.to_string()).expect("written");
    path.to_str().expect("a plain path").to_owned()
}

#[test]
fn check_tells_a_whole_board_from_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let whole = run(&["check", &board(folder.path(), AMP, 0.0), "--json"]);
    assert_eq!(whole.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&whole.stdout).unwrap();
    assert_eq!((report["plugins"].as_u64(), &report["missing"]), (Some(1), &serde_json::json!([])));

    let broken = run(&["check", &board(folder.path(), "urn:nobody", 0.0)]);
    assert_eq!(broken.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("urn:nobody"));
    std::fs::write(folder.path().join("board.json"), "{").unwrap();
    fails(&["check", folder.path().join("board.json").to_str().unwrap()], 78, "line 1");
}

#[test]
fn render_passes_every_sample_through_the_board() {
    use pedal_engine::audio_file::{self, Encoding, Take};
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    let samples: Vec<f32> = (0..5000).map(|n| (n as f32 * 0.01).sin()).collect();
    let take = Take { sample_rate: 44_100, channels: vec![samples.clone()] };
    audio_file::write(&input, &take, Encoding::Float32).unwrap();
    let board = board(folder.path(), AMP, 0.0);
    let render = |period: &str| {
        let files = ["--in", input.to_str().unwrap(), "--out", output.to_str().unwrap()];
        let args = [["render", &board].as_slice(), &files, &["--period", period, "--json"]].concat();
        let done = run(&args);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let figures: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        (figures, audio_file::read(&output).unwrap())
    };
    for period in ["1", "64", "333"] {
        let (figures, wet) = render(period);
        assert_eq!(wet.sample_rate, 44_100);
        // Gain 0 dB is a factor of exactly 1.
        assert_eq!(wet.channels, [samples.clone(), samples.clone()], "period {period}");
        assert_eq!(figures["stats"]["plugins"][0]["uri"], AMP);
        assert_eq!(figures["input"]["peak_dbfs"], figures["output"]["peak_dbfs"]);
    }
    let (missing, out) = (folder.path().join("no.wav"), output.to_str().unwrap());
    fails(&["render", &board, "--in", missing.to_str().unwrap(), "--out", out], 1, "no.wav");
}

#[test]
fn cost_measures_once_per_machine() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("costs.json");
    let cost = || -> serde_json::Value {
        let output = run(&["cost", AMP, "--json", "--cache", cache.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = cost();
    assert_eq!((first[0]["uri"].as_str(), first[0]["period"].as_u64()), (Some(AMP), Some(128)));
    assert!(first[0]["p50_us"].as_f64().unwrap() > 0.0);
    assert_eq!(cost(), first, "the second time it is read, not measured");
    fails(&["cost", "urn:nobody", "--no-cache"], 1, "urn:nobody");
}

/// The answer of the engine on this socket.
pub(crate) fn ask(socket: &Path, command: &str) -> String {
    let mut socket = UnixStream::connect(socket).expect("it listens");
    socket.write_all(format!("{command}\0").as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    BufReader::new(socket).read_until(0, &mut answer).expect("it answers");
    assert_eq!(answer.pop(), Some(0));
    String::from_utf8(answer).expect("text")
}

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
