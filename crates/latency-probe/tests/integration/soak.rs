//! Soaks through a real server.

use crate::support::{Jackd, json, probe};
use serde_json::Value;

fn soak(jackd: &Jackd, args: &[&str]) -> (Option<i32>, Value) {
    let output = probe(&jackd.env(), &[&["soak", "--json"][..], args].concat());
    (output.status.code(), json(&output))
}

/// Incidents in which this program overran; each with whether the server skipped frames for it, or was late itself.
fn overruns(document: &Value) -> Vec<(bool, bool)> {
    let list = document["incidents"].as_array().unwrap();
    let has = |i: &Value, kind: &str| i["kinds"].as_array().unwrap().iter().any(|k| k == kind);
    list.iter().filter(|i| has(i, "overrun")).map(|i| (has(i, "gap"), has(i, "late"))).collect()
}

#[test]
fn jack_injected_overruns_are_counted_exactly() {
    // 43 ms a period: what this machine stalls by itself stays below that.
    let jackd = Jackd::start("s", 2048);
    let (code, document) =
        soak(&jackd, &["--seconds", "8", "--dsp-load", "5", "--inject-overruns", "7", "--allow", "1000"]);
    assert_eq!(code, Some(0), "{document}");
    let found = overruns(&document);
    assert_eq!(found.len(), 7, "{document}");
    // Cross-check by frame time: every overrun costs the whole periods that it took, unless the machine stopped the server
    // meanwhile, so that its next period began late and nothing was skipped.
    assert!(found.iter().all(|(gap, late)| *gap || *late), "{document}");
    let gaps = found.iter().filter(|(gap, _)| *gap).count();
    assert!(gaps >= 4, "{document}");
    assert_eq!(document["by_kind"]["gap"].as_u64(), Some(gaps as u64), "{document}");
    assert_eq!(document["lost_frames"].as_i64().unwrap() % 2048, 0, "{document}");
    assert_eq!(document["content"]["state"], "checked");
    let (code, document) = soak(&jackd, &["--seconds", "3", "--inject-overruns", "2"]);
    assert_eq!((code, document["verdict"].as_str()), (Some(1), Some("over_target")));
}

#[test]
fn jack_a_quiet_soak_has_no_false_event_and_restores_the_period() {
    let jackd = Jackd::start("q", 1024);
    let (_, document) = soak(&jackd, &["--seconds", "6", "--dsp-load", "0", "--period", "2048"]);
    assert_eq!(document["period"], 2048);
    assert_eq!(document["by_kind"].get("overrun"), None, "{document}");
    assert_eq!(document["by_kind"].get("content"), None, "{document}");
    assert_eq!(document["lost_frames"], 0, "{document}");
    assert_eq!(document["unseen"], 0);
    let shown = jackd.tool("jack_bufsize", &[]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("1024"), "{shown:?}");
}

#[test]
fn jack_a_lost_block_inside_the_loop_shows_in_the_content_only() {
    let jackd = Jackd::start("c", 1024);
    // The channel swallows 100 frames each second; server and callback know nothing of it.
    let channel =
        jackd.channel("lossy", &["--delay", "20000", "--drop", "120000,100", "--drop-every", "48000"]);
    let args = [
        "--seconds",
        "6",
        "--dsp-load",
        "0",
        "--allow",
        "1000",
        "--send",
        "lossy:in",
        "--receive",
        "lossy:out",
    ];
    let (_, document) = soak(&jackd, &args);
    let content = document["by_kind"]["content"].as_u64().unwrap_or(0);
    assert!((3..=7).contains(&content), "{document}");
    assert_eq!(document["lost_frames"], 0, "{document}");
    drop(channel);
}

#[test]
fn jack_a_server_that_dies_ends_the_soak() {
    let mut jackd = Jackd::start("d", 1024);
    let child = std::process::Command::new(crate::support::PROBE)
        .args(["soak", "--seconds", "30", "--json"])
        .envs(jackd.env())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    jackd.server.0.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(output.stdout.is_empty());
}
