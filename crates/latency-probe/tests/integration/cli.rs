//! The command line without a server.

use crate::support::{json, probe};

#[test]
fn simulate_gives_each_exit_code_and_a_document() {
    let run = |args: &[&str]| {
        let all: Vec<&str> = ["simulate", "--json"].into_iter().chain(args.iter().copied()).collect();
        let output = probe(&[], &all);
        (output.status.code().unwrap(), json(&output))
    };
    let (code, document) = run(&["--delay", "1234.5", "--gain=-0.5", "--target", "26"]);
    assert_eq!((code, document["verdict"].as_str()), (0, Some("pass")));
    assert!((document["delay_frames"].as_f64().unwrap() - 1234.5).abs() < 0.001);
    assert_eq!(document["measurement"]["polarity"], "inverted");
    assert_eq!(run(&["--delay", "1234.5", "--target", "25"]).0, 1);
    assert_eq!(run(&["--gain", "0"]).0, 2);
    let (code, document) = run(&["--echo", "500,0.98"]);
    assert_eq!((code, document["delay_ms"].is_null()), (3, true));
}

#[test]
fn wrong_use_is_64_and_no_server_is_4() {
    for args in [
        &["simulate", "--delay=-1"][..],
        &["simulate", "--hum", "fifty"],
        &["simulate", "--order", "3"],
        &["simulate", "--target", "0"],
        &["simulate", "--level", "6"],
        &["frobnicate"],
        &[],
    ] {
        assert_eq!(probe(&[], args).status.code(), Some(64), "{args:?}");
    }
    assert_eq!(probe(&[], &["--help"]).status.code(), Some(0));
    let nowhere =
        [("JACK_DEFAULT_SERVER", "there-is-no-such-server"), ("PIPEWIRE_RUNTIME_DIR", "/nonexistent")];
    let output = probe(&nowhere, &["loop"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("JACK server"));
}

/// `| head`: the reader has gone before the result comes.
#[test]
fn a_closed_pipe_is_no_failure() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_latency-probe"))
        .args(["report", "--schema"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
