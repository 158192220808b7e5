//! The program as a user who may do nothing.

use std::process::{Command, Stdio};

use crate::support::RT_TUNE;

/// A copy of the program in a folder that everybody can reach.
fn for_everybody() -> Option<(tempfile::TempDir, String)> {
    use std::os::unix::fs::PermissionsExt;
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("rt-tune");
    std::fs::copy(RT_TUNE, &program).unwrap();
    for path in [folder.path(), &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let program = program.to_str().unwrap().to_owned();
    Some((folder, program))
}

/// The program as a user without any right.
fn as_nobody(args: &[&str]) -> Option<std::process::Output> {
    use std::os::unix::process::CommandExt;
    let (folder, program) = for_everybody()?;
    let state = folder.path().join("state");
    // A limit that the caller of this test may have.
    let mut command = Command::new("prlimit");
    command.args(["--rtprio=0:0", &program]).args(args).arg("--state").arg(&state);
    let output = command.stdin(Stdio::null()).uid(65_534).gid(65_534).output().unwrap();
    let journal = std::fs::read_to_string(state.join("journal.jsonl")).unwrap_or_default();
    let count = |record: &str| journal.matches(&format!("\"record\":\"{record}\"")).count();
    assert_eq!(count("intent"), count("void"), "something stayed open: {journal}");
    Some(output)
}

#[test]
fn processes_that_proc_hides_are_not_called_absent() {
    let Some((_folder, program)) = for_everybody() else { return };
    let script = "mount -t proc -o hidepid=2 proc /proc || exit 77
        exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$0\" check --json";
    let output = Command::new("unshare").args(["--mount", "sh", "-c", script, &program]).output().unwrap();
    if output.status.code() == Some(77) || output.stdout.is_empty() {
        println!("skipped: no /proc of its own can be had here: {output:?}");
        return;
    }
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for id in ["background", "irqbalance", "power-profiles", "audio-threads", "program-limits"] {
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap();
        assert_eq!(found["status"], "unknown", "{found:#}");
        assert!(found["reason"].as_str().unwrap().contains("hidepid"), "{found:#}");
    }
}

#[test]
fn without_rights_everything_is_reported_and_nothing_is_fatal() {
    let Some(output) = as_nobody(&["check", "--json"]) else { return };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of = |id: &str| findings.iter().find(|finding| finding["id"] == id).unwrap();
    assert_eq!(of("limit-rtprio")["status"], "bad", "{:#}", of("limit-rtprio"));
    assert_eq!(of("try-realtime")["status"], "bad", "{:#}", of("try-realtime"));
    assert_eq!(of("user")["value"], "nobody");
    for f in findings.iter().filter(|f| f["status"] == "unknown" || f["status"] == "not-applicable") {
        assert_ne!(f["reason"], "", "{f}");
    }
    let Some(output) = as_nobody(&["apply", "--yes", "--json", "swappiness", "stat-interval", "compaction"])
    else {
        return;
    };
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = document["results"].as_array().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!results.is_empty())), "{output:?}");
    for result in results {
        assert_eq!(result["outcome"], "failed", "{result}");
        assert!(result["why"].as_str().unwrap().contains("needs root"), "{result}");
    }
}
