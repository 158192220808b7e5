//! `rt-tune check` on machines that are imitated, and beside rtcqs on this one.

mod fixtures;
mod machine;
mod others;
mod rtcqs;

use crate::support::{rt_tune, text};
use fixtures::{Fixture, all};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) use others::{isolated_unused, laptop_of_somebody};

/// Runs the check on a fixture.
fn check(fixture: &Fixture) -> (Value, i32) {
    let folder = tempfile::tempdir().unwrap();
    fixture.machine.write(folder.path());
    let output = rt_tune(&["check", "--json", "--root", folder.path().to_str().unwrap()]);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{}: {e}: {output:?}", fixture.name));
    (report, output.status.code().unwrap())
}

fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let all = report["findings"].as_array().unwrap();
    all.iter().find(|f| f["id"] == id).unwrap_or_else(|| panic!("no finding {id}"))
}

/// What differs from machine to machine, one line for each check; the rest is in the table of checks.
fn golden(fixture: &Fixture, report: &Value, code: i32) -> String {
    let imitates = Value::from(fixture.imitates);
    let mut out = format!(
        "{{\n  \"imitates\": {imitates},\n  \"exit\": {code},\n  \"machine\": {},\n  \"summary\": {},\n  \"findings\": {{\n",
        report["machine"], report["summary"]
    );
    let findings = report["findings"].as_array().unwrap();
    for (i, f) in findings.iter().enumerate() {
        let comma = if i + 1 < findings.len() { "," } else { "" };
        let _ = writeln!(
            out,
            "    {}: [{}, {}, {}, {}]{comma}",
            f["id"], f["status"], f["value"], f["reason"], f["details"]
        );
    }
    out.push_str("  }\n}\n");
    out
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"))
}

#[test]
fn every_fixture_is_judged_as_it_is_written_down() {
    let fixtures = all();
    assert!(fixtures.len() >= 15);
    for fixture in &fixtures {
        let (report, code) = check(fixture);
        let now = golden(fixture, &report, code);
        let path = golden_path(fixture.name);
        if std::env::var_os("RT_TUNE_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let written = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; write it with RT_TUNE_BLESS=1", path.display()));
        let (now, written) = (parse(&now), parse(&written));
        for (id, value) in now["findings"].as_object().unwrap() {
            assert_eq!(value, &written["findings"][id], "{}: {id}", fixture.name);
        }
        assert_eq!(now, written, "{}", fixture.name);
    }
    // No golden file without a fixture.
    for entry in std::fs::read_dir(golden_path("x").parent().unwrap()).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(fixtures.iter().any(|f| f.name == name), "{name}.json belongs to no fixture");
    }
}

/// What each fixture is there for, stated apart from the golden files, so that writing those anew cannot hide a fault.
#[test]
fn causes_are_named() {
    let expected: &[(&str, &str, &str, &str)] = &[
        ("x86-intel", "governor", "warn", "powersave"),
        ("x86-intel", "preempt-mode", "warn", "voluntary"),
        ("x86-intel", "limit-rtprio", "bad", "no real-time priority"),
        ("x86-intel", "c-states", "warn", "C6 takes 133 µs"),
        ("x86-amd", "power-profiles", "warn", "power-profiles-daemon"),
        ("x86-amd", "dynamic-epp", "warn", "refused"),
        ("x86-amd", "preempt-mode", "ok", "lazy"),
        ("x86-amd", "sched-ext", "warn", "lavd"),
        ("x86-hybrid", "core-kinds", "warn", "pipewire 905 may run on CPUs 0-19"),
        ("x86-hybrid", "irq-priority", "warn", "pipewire has 88"),
        ("vm", "governor", "not-applicable", "virtual machine"),
        ("vm", "pipewire-vm", "warn", "min-quantum 1024"),
        ("vm", "hypervisor", "warn", "10.0 %"),
        ("vm", "audio-threads", "bad", "priority 20"),
        ("vm", "smt", "not-applicable", "one thread each"),
        ("vm-arm", "hypervisor", "warn", "dummy-virt"),
        ("vm-arm", "power-profiles", "not-applicable", "nothing that it could set"),
        ("vm-arm", "cards", "bad", "no sound"),
        ("vm-arm", "mitigations", "ok", "0 active"),
        ("pi-3", "pi-throttled", "bad", "too little voltage"),
        ("pi-3", "hypervisor", "ok", "real hardware"),
        ("pi-3", "shared-irqs", "ok", "dwc_otg_hcd:usb1"),
        ("rk3588", "preempt-mode", "warn", "another one has to be booted"),
        ("pi-4", "pi-throttled", "ok", "no lack of voltage"),
        ("pi-3", "pi-usb-interrupts", "warn", "fiq_enable=0"),
        ("pi-3", "usb-topology", "warn", "full speed"),
        ("pi-4", "card-irqs", "ok", "36"),
        ("pi-4", "pi-config", "warn", "dtparam=audio=on"),
        ("pi-4", "dirty-limits", "warn", "SD card"),
        ("pi-5", "rt-kernel", "ok", "PREEMPT_RT"),
        ("pi-5", "card-irqs", "ok", "131"),
        ("pi-5", "irq-priority", "ok", "FIFO 90"),
        ("pi-5", "jack", "ok", "-P80"),
        ("rk3588", "core-kinds", "warn", "slow cores"),
        ("rk3588", "memory-clock", "warn", "dmc_ondemand"),
        ("rk3588", "card-irqs", "ok", "80"),
        ("no-debugfs", "fair-server", "unknown", "nothing is mounted"),
        ("x86-intel", "fair-server", "ok", "50 of 1000 ms"),
        ("no-debugfs", "preempt-mode", "warn", "the configuration"),
        ("no-config", "hires-timers", "unknown", "no kernel configuration"),
        ("no-config", "preempt-mode", "unknown", "no kernel configuration"),
        ("mainline-rt", "rt-kernel", "ok", "PREEMPT_RT"),
        ("mainline-rt", "ktimers", "warn", "snd_aloop"),
        ("rt-group-sched", "rt-group-sched", "bad", "jackd is in /system.slice, which has no budget"),
        ("rt-group-sched", "program-limits", "bad", "priority up to 0"),
        ("rt-group-sched", "jack", "warn", "-P 80"),
        ("zram-only", "swappiness", "ok", "compressed memory"),
        ("shared-irq", "shared-irqs", "warn", "snd_ice1712,i801_smbus,ehci_hcd:usb1"),
        ("shared-irq", "irqbalance", "warn", "moves interrupts"),
        ("usb-bridge", "card-irqs", "ok", "71"),
        ("isolated-unused", "isolated-cores", "bad", "nothing placed there"),
        ("isolated-unused", "module-options", "warn", "Linux has removed it"),
        ("isolated-unused", "nohz-full", "warn", "1-3"),
        ("isolated-unused", "rcu-nocbs", "warn", "not all of CPUs 1-3"),
        ("partition", "isolated-cores", "ok", "2-3 of 0-3"),
        ("partition", "cpusets", "ok", "audio.slice: isolated, CPUs 2-3"),
        ("partition", "irq-affinity", "warn", "30 (eth0) runs on CPUs 3"),
        ("partition", "workqueues", "warn", "also on isolated CPUs 2-3"),
        ("plain-laptop", "power-profiles", "warn", "preference balance_power"),
        ("plain-laptop", "usb-topology", "warn", "camera Integrated Camera"),
        ("plain-laptop", "throttling", "warn", "37 times"),
        ("plain-laptop", "filesystems", "warn", "/home/ann/Music (cifs)"),
        ("plain-laptop", "audio-threads", "bad", "as rtkit gives it"),
        ("tuned", "isolated-cores", "ok", "none"),
        ("tuned", "irq-priority", "ok", "FIFO 90"),
        ("damaged", "governor", "warn", "powersave"),
        ("damaged", "swappiness", "unknown", "holds no number"),
        ("damaged", "clocksource", "unknown", "cannot be read"),
        ("damaged", "shared-irqs", "unknown", "not every interrupt"),
        ("damaged", "limit-rtprio", "unknown", "many"),
        ("damaged", "kernel-config", "unknown", "damaged"),
        ("damaged", "mitigations", "unknown", "cannot be read"),
        ("damaged", "pipewire-clock", "unknown", "pipewire.conf"),
        ("damaged", "power-profiles", "warn", "governor powersave"),
    ];
    let fixtures = all();
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let (report, _) = check(fixture);
        for (_, id, status, word) in expected.iter().filter(|row| row.0 == fixture.name) {
            let found = finding(&report, id);
            let said = format!("{} {} {}", found["value"], found["reason"], found["details"]);
            if found["status"] != *status || !said.contains(word) {
                wrong.push(format!(
                    "{}: {id}: {} {said}, not {status} with {word}",
                    fixture.name, found["status"]
                ));
            }
        }
    }
    assert!(expected.iter().all(|row| fixtures.iter().any(|f| f.name == row.0)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_good_or_absent_that_was_not_seen() {
    let damaged = all().into_iter().find(|f| f.name == "damaged").unwrap();
    let (report, code) = check(&damaged);
    assert_eq!(code, 1);
    for f in report["findings"].as_array().unwrap() {
        match f["status"].as_str().unwrap() {
            "ok" => assert_ne!(f["value"], "", "{}", f["id"]),
            "not-applicable" | "unknown" => assert_ne!(f["reason"], "", "{}", f["id"]),
            _ => {}
        }
    }
    for id in ["tick", "hires-timers", "isolated-cores", "stat-interval", "irq-affinity", "threadirqs"] {
        assert_eq!(finding(&report, id)["status"], "unknown", "{id}");
    }
}

#[test]
fn a_machine_on_which_everything_was_done_has_nothing_required_left() {
    let tuned = all().into_iter().find(|f| f.name == "tuned").unwrap();
    let (report, _) = check(&tuned);
    let left: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["status"] == "bad" || (f["status"] == "warn" && f["severity"] != "information"))
        .map(|f| format!("{} {}", f["id"], f["reason"]))
        .collect();
    // The screen's interrupt has the kernel's 50; the sound card's is above it.
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn exit_codes_tell_good_from_open_from_nothing_from_wrong_use() {
    let empty = tempfile::tempdir().unwrap();
    let root = empty.path().to_str().unwrap();
    let none = rt_tune(&["check", "--root", root]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    assert!(String::from_utf8_lossy(&none.stderr).contains("no machine"), "{none:?}");
    assert_eq!(rt_tune(&["check", "--root", root, "--user", "nobody-here"]).status.code(), Some(64));
    assert_eq!(rt_tune(&["check", "--what"]).status.code(), Some(64));
    let laptop = all().into_iter().find(|f| f.name == "plain-laptop").unwrap();
    assert_eq!(check(&laptop).1, 1);
}

#[test]
fn the_table_is_for_people() {
    let laptop = all().into_iter().find(|f| f.name == "plain-laptop").unwrap();
    let folder = tempfile::tempdir().unwrap();
    laptop.machine.write(folder.path());
    let output = rt_tune(&["check", "--root", folder.path().to_str().unwrap()]);
    let table = text(&output);
    for word in
        ["Required, and not so", "limit-rtprio", "Why:", "mend: rt-tune apply governor", "rt-tune explain ID"]
    {
        assert!(table.contains(word), "{word} is missing in\n{table}");
    }
    assert!(!table.contains('\u{1b}'), "no colours where no terminal is");
    assert!(table.lines().all(|line| line.chars().count() <= 140), "{table}");
}

#[test]
fn this_machine_is_judged_and_the_printed_form_is_the_documented_one() {
    let output = rt_tune(&["check", "--json"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |status: &str| {
        report["findings"].as_array().unwrap().iter().filter(|f| f["status"] == status).count()
    };
    assert_eq!(report["summary"]["ok"].as_u64().unwrap() as usize, count("ok"));
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/rt-tune-check.schema.json");
    let now = text(&rt_tune(&["check", "--schema"]));
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(committed, &now).unwrap();
    }
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let written = std::fs::read_to_string(committed).unwrap_or_default();
    assert!(parse(&now).is_some() && parse(&written) == parse(&now), "run this test with UPDATE_SCHEMA=1");
    let schema = parse(&now).unwrap();
    let fields = schema["$defs"]["Finding"]["properties"].as_object().unwrap();
    for f in report["findings"].as_array().unwrap() {
        let keys: Vec<&String> = f.as_object().unwrap().keys().collect();
        assert!(keys.iter().all(|key| fields.contains_key(*key)) && keys.len() == fields.len(), "{keys:?}");
    }
}

#[test]
fn every_check_has_a_page() {
    let list = text(&rt_tune(&["explain"]));
    let report: Value = serde_json::from_slice(&rt_tune(&["check", "--json"]).stdout).unwrap();
    for f in report["findings"].as_array().unwrap() {
        let id = f["id"].as_str().unwrap();
        assert!(list.contains(id), "{id}");
        let output = rt_tune(&["explain", id]);
        assert_eq!(output.status.code(), Some(0));
        let page = text(&output);
        for heading in ["What", "Good", "Why", "Risk", "Undo", "Source"] {
            assert!(page.contains(heading), "{id}: no {heading}");
        }
    }
    assert_eq!(rt_tune(&["explain", "no-such-thing"]).status.code(), Some(64));
}
