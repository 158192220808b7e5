//! What a run writes, by its system calls.

use std::process::{Command, Stdio};

use super::laptop;
use crate::support::{RT_TUNE, installed};

/// What a run does to the machine, by its system calls; `None` where processes cannot be traced.
fn changes(args: &[&str]) -> Option<Vec<String>> {
    if !installed("strace") {
        println!("skipped: strace is not installed");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (trace, state) = (folder.path().join("trace"), folder.path().join("state"));
    let output = Command::new("strace")
        .args(["-f", "-o", trace.to_str().unwrap(), RT_TUNE])
        .args(args)
        .args(["--state", state.to_str().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() && !trace.exists() {
        println!("skipped: processes cannot be traced here");
        return None;
    }
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let trace = std::fs::read_to_string(&trace).unwrap();
    assert!(trace.contains("openat("), "the trace is empty");
    let changing =
        ["mkdir", "unlink", "rename", "chmod", "chown", "truncate", "sched_set", "kill(", "setpriority"];
    let is_change = |line: &&str| {
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let opens =
            call.starts_with("open") && ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|f| call.contains(f));
        // Standard output and error are all that is written.
        let writes =
            call.strip_prefix("write(").is_some_and(|to| !to.starts_with("1,") && !to.starts_with("2,"));
        (opens && !call.contains("\"/dev/null\""))
            || writes
            || changing.iter().any(|name| call.starts_with(name))
    };
    Some(trace.lines().filter(is_change).map(str::to_owned).collect())
}

#[test]
fn a_plan_writes_nothing_as_the_system_calls_show() {
    let Some(found) = changes(&["apply", "--plan", "--audio-cpus", "1"]) else { return };
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_same_trace_shows_what_apply_writes() {
    let root = laptop();
    let Some(found) = changes(&["apply", "--yes", "--root", root.path().to_str().unwrap()]) else { return };
    for word in ["swappiness", "scaling_governor", "journal.jsonl"] {
        assert!(found.iter().any(|line| line.contains(word)), "{word} is not in {found:#?}");
    }
}

#[test]
fn looking_writes_nothing_as_the_system_calls_show() {
    for args in [&["check", "--json"][..], &["emit-nix", "--findings"], &["apply", "--plan", "--json"]] {
        let Some(found) = changes(args) else { return };
        // The trial whether a thread may be a real-time one concerns a thread of ours, which ends with the question.
        let others: Vec<&String> = found.iter().filter(|line| !line.contains("sched_setattr(0, {")).collect();
        assert!(others.is_empty(), "{args:?}: {others:#?}");
    }
}
