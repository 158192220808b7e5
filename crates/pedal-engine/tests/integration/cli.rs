//! The program as a person or a service manager runs it: output, exit codes, signals.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Output, Stdio};

const AMP: &str = "http://lv2plug.in/plugins/eg-amp";

fn engine() -> Command {
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
