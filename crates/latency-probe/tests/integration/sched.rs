//! The scheduler of this very machine: orders and counts, never a maximum.

use crate::support::{PROBE, json, probe};
use serde_json::Value;

/// A run, with the share of it that a test looks at.
fn run(args: &[&str]) -> Value {
    let output = probe(&[], &[&["sched", "--json"][..], args].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    json(&output)
}

/// Whether this process may use SCHED_FIFO; without it there is nothing to compare.
fn real_time() -> bool {
    let told = run(&["--seconds", "0.2"])["real_time"].as_bool();
    if told != Some(true) {
        println!("skipped: SCHED_FIFO is refused here (rlimit, or cgroup with RT_GROUP_SCHED)");
    }
    told == Some(true)
}

/// Sizes in µs of the stalls between two bounds, sorted.
fn stalls(document: &Value, from_us: u64, to_us: u64) -> Vec<u64> {
    let list = document["cpus"][0]["stalls"].as_array().unwrap();
    let sizes = list.iter().map(|s| s["us"].as_u64().unwrap());
    let mut sizes: Vec<u64> = sizes.filter(|us| (from_us..=to_us).contains(us)).collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn jack_injected_stalls_are_counted_against_a_control_run() {
    if !real_time() {
        return;
    }
    // The machine stalls by itself: control and injection alternate, and the median difference counts.
    let common = ["--seconds", "4", "--interval", "200", "--cpus", "0"];
    let (mut differences, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let control = stalls(&run(&common), 2_700, 4_200).len();
        let injected = stalls(&run(&[&common[..], &["--inject-stalls", "12"]].concat()), 2_700, 4_200);
        differences.push(injected.len() as i64 - control as i64);
        sizes.extend(injected);
    }
    differences.sort_unstable();
    // a busy machine may merge or lengthen a few; the bench asks for 12 ± 1
    assert!((9..=15).contains(&differences[1]), "{differences:?} instead of 12");
    sizes.sort_unstable();
    // 3 ms less the part of an interval that has passed when the stall begins; a busy machine adds
    assert!((2_700..=3_300).contains(&sizes[sizes.len() / 2]), "{sizes:?} instead of 3000 µs");
}

/// That the two differ, and by how much, is a matter of time and belongs to `cargo xtask bench probe`.
#[test]
fn jack_each_run_says_how_it_was_scheduled() {
    if !real_time() {
        return;
    }
    let fifo = run(&["--seconds", "1", "--load", "cpu"]);
    let other = run(&["--seconds", "1", "--load", "cpu", "--other"]);
    assert_eq!((&fifo["real_time"], &other["real_time"]), (&true.into(), &false.into()));
    for document in [&fifo, &other] {
        assert!(document["cpus"][0]["latency"]["count"].as_u64().unwrap() > 0, "{document}");
    }
}

#[test]
fn the_loop_touches_no_new_page_and_counts_every_wake_up() {
    let document = run(&["--seconds", "1", "--hold-dma", "--timerlat"]);
    for cpu in document["cpus"].as_array().unwrap() {
        assert_eq!(cpu["page_faults"], 0, "{document}");
        let latency = &cpu["latency"];
        let listed: u64 = latency["buckets"].as_array().unwrap().iter().map(|b| b[1].as_u64().unwrap()).sum();
        let count = latency["count"].as_u64().unwrap();
        assert!(listed <= count && count <= 1_100, "{latency}");
    }
}

#[test]
fn what_cannot_be_had_is_said() {
    let output = probe(&[], &["sched", "--seconds", "0.2", "--cpus", "4095"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CPU 4095"));
    for wrong in [["--interval", "1"], ["--seconds", "-1"], ["--priority", "99"], ["--load", "gravity"]] {
        assert_eq!(probe(&[], &["sched", wrong[0], wrong[1]]).status.code(), Some(64), "{wrong:?}");
    }
    let output = probe(&[], &["sched", "--seconds", "0.3", "--target", "0"]);
    assert_eq!(output.status.code(), Some(1));
    // `nobody` has no right to SCHED_FIFO: the numbers still come, and the label with them.
    let program = std::env::temp_dir().join(format!("latency-probe-nobody-{}", std::process::id()));
    std::fs::copy(PROBE, &program).unwrap();
    let output = std::process::Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&program)
        .args(["sched", "--seconds", "0.3"])
        .output();
    let _ = std::fs::remove_file(&program);
    // Only a run that really became another user counts.
    let Some(output) = output.ok().filter(|o| o.status.success()) else {
        println!("skipped: setpriv is not usable here");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("real-time scheduling was refused") && text.contains("not real-time"), "{text}");
}
