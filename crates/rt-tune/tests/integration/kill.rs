//! `kill -9` at every step: strace kills the unmodified program at each of its system calls that leave a trace, and
//! `revert` puts the machine back each time.

use crate::support::{Here, PutBack, RT_TUNE, here, installed, machine_lock};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// Calls between which the state of the machine or of the journal differs.
const CALLS: &[&str] = &[
    "write",
    "fdatasync",
    "fsync",
    "rename",
    "unlink",
    "openat",
    "sched_setattr",
    "sched_setaffinity",
    "kill",
    "flock",
    "close",
];

/// Runs a command that dies at the `n`th call of this name; `None` when tracing is not possible.
fn killed_at(call: &str, n: usize, args: &[&str]) -> Option<Output> {
    let output = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=SIGKILL:when={n}"), RT_TUNE])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (!String::from_utf8_lossy(&output.stderr).contains("PTRACE")).then_some(output)
}

/// Kills `command` at each call in turn until it survives, and checks after each death that the machine can be put back.
fn everywhere(here: &Here, stride: usize, prepare: &dyn Fn(&str), command: &[&str]) -> usize {
    let before = here.picture();
    let mut deaths = 0;
    for call in CALLS {
        let mut n = 1;
        loop {
            let state = tempfile::tempdir().unwrap();
            let state = state.path().to_str().unwrap();
            let _put_back = PutBack { here, state: state.to_owned() };
            prepare(state);
            let mut args: Vec<&str> = command.to_vec();
            args.extend(["--state", state]);
            if command[0] == "apply" {
                args.extend(here.args.iter().map(String::as_str));
            }
            let Some(output) = killed_at(call, n, &args) else {
                println!("skipped: processes cannot be traced here");
                return deaths;
            };
            // strace dies of the signal that its program died of.
            let died = output.status.signal() == Some(9) || output.status.code() == Some(137);
            if died {
                deaths += 1;
            }
            let reverted = here.run(state, &["revert", "--all"], false);
            assert_eq!(reverted.status.code(), Some(0), "{call} {n}: {reverted:?}");
            assert_eq!(here.picture(), before, "{call} {n}");
            if !died {
                assert_eq!(output.status.code(), Some(0), "{call} {n}: {output:?}");
                break;
            }
            n += if n < 12 { 1 } else { stride };
        }
    }
    deaths
}

#[test]
fn apply_that_is_killed_at_any_step_can_be_undone() {
    if !installed("strace") {
        println!("skipped: strace is not installed");
        return;
    }
    let _lock = machine_lock();
    let Some(mut here) = here() else { return };
    // One of each kind is enough here; the many interrupts are the other test's.
    let affinity = here.args.iter().position(|arg| arg == "irq-affinity");
    if let Some(at) = affinity {
        here.args.remove(at);
    }
    here.files.retain(|path| !path.ends_with("smp_affinity_list"));
    let deaths = everywhere(&here, 7, &|_| (), &["apply", "--yes"]);
    println!("{deaths} deaths");
    assert!(deaths == 0 || deaths > 20, "only {deaths} deaths");
}

#[test]
fn revert_that_is_killed_at_any_step_can_be_repeated() {
    if !installed("strace") {
        println!("skipped: strace is not installed");
        return;
    }
    let _lock = machine_lock();
    let Some(mut here) = here() else { return };
    let affinity = here.args.iter().position(|arg| arg == "irq-affinity");
    if let Some(at) = affinity {
        here.args.remove(at);
    }
    here.files.retain(|path| !path.ends_with("smp_affinity_list"));
    let prepare = |state: &str| {
        let applied = here.run(state, &["apply", "--yes"], true);
        assert_eq!(applied.status.code(), Some(0), "{applied:?}");
    };
    let deaths = everywhere(&here, 7, &prepare, &["revert", "--all"]);
    println!("{deaths} deaths");
    assert!(deaths == 0 || deaths > 20, "only {deaths} deaths");
}
