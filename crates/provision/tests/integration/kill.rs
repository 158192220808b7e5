//! The program itself, killed at random moments.

use crate::support::{KEY, full_conf, pedal, picture};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn program(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archibald-provision"));
    command.arg("--root").arg(root).args(arguments).stdin(Stdio::null());
    command
}

fn output(root: &Path, arguments: &[&str]) -> Output {
    program(root, arguments).output().unwrap()
}

#[test]
fn a_killed_run_is_finished_by_the_next() {
    let whole = tempfile::tempdir().unwrap();
    pedal(whole.path(), &full_conf());
    assert_eq!(output(whole.path(), &[]).status.code(), Some(0));
    let expected = picture(whole.path());
    let mut killed = 0;
    for attempt in 0..40_u64 {
        let folder = tempfile::tempdir().unwrap();
        pedal(folder.path(), &full_conf());
        let mut child = program(folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(attempt * attempt * 150));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        let second = output(folder.path(), &[]);
        assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stderr));
        let mut after = picture(folder.path());
        // The second report tells what was left to do.
        let report = "/var/lib/archibald-provision/report.json";
        after.insert(report.to_owned(), expected[report].clone());
        assert_eq!(after, expected, "attempt {attempt}");
    }
    assert!(killed > 0, "no run was killed before its end");
}

#[test]
fn the_command_line_tells_by_code_and_by_json() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &format!("HOSTNAME='a b'\nSSH_AUTHORIZED_KEY='{KEY}'\nUSER_PASSWORD=hush-hush\n"));
    let dry = output(folder.path(), &["--dry-run", "--json"]);
    assert_eq!(dry.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(
        (report["problems"][0]["key"].as_str(), report["problems"][0]["line"].as_u64()),
        (Some("HOSTNAME"), Some(1))
    );
    assert!(!folder.path().join("var/lib").exists());

    let run = output(folder.path(), &[]);
    assert_eq!(run.status.code(), Some(3));
    let text = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(text.contains("line 1: HOSTNAME: a host name has") && !text.contains("hush"), "{text}");
    let display = std::fs::read_to_string(folder.path().join("run/archibald/provision.txt")).unwrap();
    assert_eq!(display, "line 1: HOSTNAME not taken\n");
    for (path, content) in picture(folder.path()) {
        assert!(!content.contains("hush"), "{path} contains the password");
    }

    assert_eq!(output(folder.path(), &["undo", "nonsense"]).status.code(), Some(64));
    assert_eq!(output(folder.path(), &["frobnicate"]).status.code(), Some(64));
    let before = picture(folder.path());
    assert_eq!(output(folder.path(), &["reset"]).status.code(), Some(0));
    assert_eq!(picture(folder.path()), before, "a reset needs --yes");
    assert_eq!(output(folder.path(), &["reset", "--yes"]).status.code(), Some(0));
    assert!(picture(folder.path())["/etc/shadow"].contains("pistomp:!:"));
}
