//! The program as a person or a service manager runs it: output and exit codes here, `run` as a service in `run`.

mod run;

use std::io::{BufRead, BufReader, Write};
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
