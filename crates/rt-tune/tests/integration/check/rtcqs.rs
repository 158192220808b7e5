//! Beside rtcqs on this machine: each of its checks has one of ours, and where the judgement differs the reason is stated.

use super::finding;
use crate::support::{installed, rt_tune};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const VERSION: &str = "0.6.7";

/// Heading of a check of rtcqs, ours for the same thing, and when ours may differ from its OK or WARNING.
const PAIRS: &[(&str, &[&str])] = &[
    ("Root User", &["user"]),
    ("Group Limits", &["limit-rtprio", "limit-memlock", "groups"]),
    ("CPU Frequency Scaling", &["governor"]),
    ("Simultaneous Multithreading", &["smt"]),
    ("Kernel Configuration", &["kernel-config"]),
    ("High Resolution Timers", &["hires-timers"]),
    ("Tickless Kernel", &["tick"]),
    ("Preempt RT", &["rt-kernel", "threadirqs", "preempt-mode"]),
    ("Spectre/Meltdown Mitigations", &["mitigations"]),
    ("RT Priorities", &["try-realtime"]),
    ("Swappiness", &["swappiness"]),
    ("Filesystems", &["filesystems"]),
    ("IRQs", &["shared-irqs", "card-irqs"]),
    ("Power Management", &["device-access"]),
];

/// Why ours is right where it differs; `None` when no difference is justified.
fn justified(heading: &str, says_ok: bool, ours: &Value) -> Option<&'static str> {
    let status = ours["status"].as_str().unwrap();
    Some(match (heading, says_ok, status) {
        ("CPU Frequency Scaling", true, "not-applicable") => {
            "there is no frequency scaling here; it counts no governor that is wrong and says OK"
        }
        ("CPU Frequency Scaling", false, "ok") => {
            "schedutil with clamping raises the clock for real-time threads"
        }
        ("Group Limits", false, "ok") => {
            "root is not bound by the limits, and 95 without unlimited memory is judged apart"
        }
        ("Group Limits", true, _) => "it asks for 75 where PipeWire needs 88, and for no group",
        ("Simultaneous Multithreading", _, "not-applicable") => {
            "these cores have one thread each: nothing is switched off"
        }
        ("Simultaneous Multithreading", false, "ok") => {
            "two threads per core cost only a full core; it is information"
        }
        ("Preempt RT", true, "warn") => {
            "it takes one of three words for all: threadirqs alone is no full preemption"
        }
        ("Preempt RT", false, "ok") => "it asks the configuration only; the running mode may be full or lazy",
        ("Spectre/Meltdown Mitigations", _, _) => {
            "mitigations are good when they are on: the danger outweighs the gain"
        }
        ("Swappiness", true, "not-applicable") => "without swap there is nothing to judge",
        ("Swappiness", false, "ok") => "a high value is right for compressed memory",
        ("Filesystems", _, _) => "it judges every mount; ours leaves /run and /boot out and is information",
        ("IRQs", _, "not-applicable") => "there is no sound card, and its silence is no finding",
        ("IRQs", _, _) => {
            "it splits at a comma and a space, which the kernel does not write, and so sees no sharing"
        }
        ("Tickless Kernel", true, "warn") => {
            "it counts any tickless option; ours also looks at the rate with lazy preemption"
        }
        _ => return None,
    })
}

/// rtcqs: of the system, or of a folder of ours in the target folder.
fn rtcqs() -> Result<PathBuf, String> {
    if installed("rtcqs") {
        return Ok("rtcqs".into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rtcqs-{VERSION}"));
    let program = folder.join("bin/rtcqs");
    if program.is_file() {
        return Ok(program);
    }
    let run = |command: &mut Command| -> Result<(), String> {
        let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}"))?;
        let why = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("").to_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {why}")) }
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let pip = [
        "install",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "--retries",
        "1",
        "--timeout",
        "20",
    ];
    run(Command::new(folder.join("bin/pip")).args(pip).arg(format!("rtcqs=={VERSION}")))?;
    Ok(program)
}

#[test]
fn every_check_of_rtcqs_is_covered_and_differences_have_reasons() {
    let program = match rtcqs() {
        Ok(program) => program,
        Err(why) => {
            println!("skipped: rtcqs {VERSION} cannot be had here: {why}");
            return;
        }
    };
    let output = Command::new(program).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: Value = serde_json::from_slice(&rt_tune(&["check", "--json"]).stdout).unwrap();
    // What it says, by heading: a line that is underlined by the next one.
    let lines: Vec<&str> = said.lines().collect();
    let mut headings: Vec<(String, Vec<bool>)> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let underlined =
            lines.get(i + 1).is_some_and(|next| next.len() > 2 && next.chars().all(|c| c == '='));
        if underlined {
            headings.push(((*line).to_owned(), Vec::new()));
        } else if let Some((_, judged)) = headings.last_mut() {
            if line.contains("WARNING") {
                judged.push(false);
            } else if line.starts_with('[') && line.contains("OK") {
                judged.push(true);
            }
        }
    }
    if !output.status.success() {
        // It ends with a Python error where the configuration or the state of SMT is missing; ours must not.
        let why = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("").to_owned();
        println!("rtcqs ended early after {} checks: {why}", headings.len());
    }
    assert!(!headings.is_empty(), "{said}");
    for (heading, judged) in &headings {
        let (_, ids) = PAIRS
            .iter()
            .find(|(known, _)| known == heading)
            .unwrap_or_else(|| panic!("rtcqs checks {heading}, which nothing here covers"));
        for id in *ids {
            let ours = finding(&report, id);
            let status = ours["status"].as_str().unwrap();
            for says_ok in judged {
                let same = *says_ok == (status == "ok");
                let word = if *says_ok { "OK" } else { "WARNING" };
                if same || (!says_ok && matches!(status, "warn" | "bad")) {
                    println!("{heading}: {word}; {id}: {status}");
                    continue;
                }
                let reason = justified(heading, *says_ok, ours)
                    .unwrap_or_else(|| panic!("{heading}: rtcqs says {word}, {id} says {ours:#}"));
                println!("{heading}: {word}; {id}: {status}, because {reason}");
            }
        }
    }
    if output.status.success() {
        assert_eq!(headings.len(), PAIRS.len(), "rtcqs no longer has all the checks that are compared here");
    }
}
