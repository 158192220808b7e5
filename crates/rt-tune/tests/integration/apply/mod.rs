//! Apply and revert: on this machine for what it permits, and on folders for what it has not; what is written, by the system
//! calls (`traced`); without any right (`rights`).

mod rights;
mod traced;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Process, PutBack, here, installed, machine_lock, rt_tune, text};

/// Writes a fixture.
fn fixture(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn laptop() -> tempfile::TempDir {
    fixture(&[
        ("proc/sys/kernel/random/boot_id", "boot-1\n"),
        ("proc/sys/vm/swappiness", "60\n"),
        ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
        ("sys/devices/system/cpu/online", "0-3\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_available_governors", "performance powersave\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference", "balance_performance\n"),
        ("sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "01\n"),
        ("sys/bus/usb/devices/1-2/power/control", "auto\n"),
    ])
}

#[test]
fn this_machine_is_changed_verified_and_put_back_byte_for_byte() {
    let _lock = machine_lock();
    let Some(here) = here() else { return };
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let before = here.picture();
    let put_back = PutBack { here: &here, state: state.to_owned() };
    let applied = here.run(state, &["apply", "--yes"], true);
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");
    let during = here.picture();
    assert_ne!(during, before);
    println!("{}", text(&applied));
    // A second time there is nothing to do.
    let again = here.run(state, &["apply", "--yes", "--json"], true);
    let document: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    let failed_or_done = |r: &&serde_json::Value| r["outcome"] == "done" || r["outcome"] == "failed";
    assert_eq!(
        document["results"].as_array().unwrap().iter().filter(failed_or_done).count(),
        0,
        "{document}"
    );
    let reverted = here.run(state, &["revert", "--all"], false);
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(here.picture(), before);
    assert!(!Path::new(state).join("journal.jsonl").exists());
    drop(put_back);
}

#[test]
fn threads_of_a_running_jack_server_get_their_priority_and_lose_it_again() {
    if !installed("jackd") {
        println!("skipped: jackd is not installed");
        return;
    }
    let _lock = machine_lock();
    let name = format!("rttune-prio-{}", std::process::id());
    let server = Command::new("jackd")
        .args(["-n", &name, "-R", "-P", "10", "-d", "dummy", "-r", "48000", "-p", "256"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Process(server);
    let pid = server.0.id();
    let schedules = || {
        let mut found = Vec::new();
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten() {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap();
            let fields: Vec<String> =
                stat.rsplit_once(')').unwrap().1.split_whitespace().map(str::to_owned).collect();
            found.push((task.file_name(), fields[37].clone(), fields[38].clone()));
        }
        found.sort();
        found
    };
    let mut before = Vec::new();
    for _ in 0..100 {
        before = schedules();
        if before.iter().any(|(_, priority, class)| priority == "10" && class == "1") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    if !before.iter().any(|(_, priority, _)| priority == "10") {
        println!("skipped: jackd gets no real-time thread here");
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let state = ["--state", state.path().to_str().unwrap()];
    let applied = rt_tune(&[&["apply", "thread-priority", "--yes"][..], &state].concat());
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");
    let during = schedules();
    assert!(during.iter().any(|(_, priority, class)| priority == "80" && class == "1"), "{during:?}");
    assert!(!during.iter().any(|(_, priority, _)| priority == "10"), "{during:?}");
    let reverted = rt_tune(&[&["revert", "thread-priority"][..], &state].concat());
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(schedules(), before);
    // A thread that has ended is gone, and its number is not touched.
    rt_tune(&[&["apply", "thread-priority", "--yes"][..], &state].concat());
    drop(server);
    let reverted = rt_tune(&[&["revert", "--all"][..], &state].concat());
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert!(text(&reverted).contains("gone"), "{}", text(&reverted));
}

#[test]
fn a_folder_is_changed_and_put_back_like_a_machine() {
    let root = laptop();
    let at = ["--root", root.path().to_str().unwrap()];
    let read = |path: &str| std::fs::read_to_string(root.path().join(path)).unwrap();
    let snapshot = || {
        [
            "proc/sys/vm/swappiness",
            "sys/devices/system/cpu/cpufreq/policy0/scaling_governor",
            "sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference",
            "sys/bus/usb/devices/1-2/power/control",
        ]
        .map(read)
    };
    let before = snapshot();
    let output = rt_tune(&[&["apply", "--yes"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(snapshot(), ["10", "performance", "performance", "on"]);
    // The order: the preference is written while the governor still lets it.
    let said = text(&output);
    assert!(
        said.find("energy_performance_preference").unwrap() < said.find("scaling_governor").unwrap(),
        "{said}"
    );
    // One fix alone, then the rest.
    let output = rt_tune(&[&["revert", "governor"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(read("sys/devices/system/cpu/cpufreq/policy0/scaling_governor"), "powersave\n");
    assert_eq!(read("proc/sys/vm/swappiness"), "10");
    assert_eq!(rt_tune(&[&["revert", "--all"][..], &at].concat()).status.code(), Some(0));
    assert_eq!(snapshot(), before);
}

#[test]
fn what_others_changed_since_is_left_until_forced() {
    let root = laptop();
    let at = ["--root", root.path().to_str().unwrap()];
    let path = root.path().join("proc/sys/vm/swappiness");
    rt_tune(&[&["apply", "swappiness", "--yes"][..], &at].concat());
    std::fs::write(&path, "30\n").unwrap();
    let output = rt_tune(&[&["revert", "--all"][..], &at].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output).contains("somebody else"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "30\n");
    assert_eq!(rt_tune(&[&["revert", "--all", "--force"][..], &at].concat()).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "60\n");
}

#[test]
fn after_a_reboot_nothing_old_is_written_over_the_new_values() {
    let root = laptop();
    let at = ["--root", root.path().to_str().unwrap()];
    let path = root.path().join("proc/sys/vm/swappiness");
    rt_tune(&[&["apply", "swappiness", "--yes"][..], &at].concat());
    // The machine starts again, with a value of its own.
    std::fs::write(root.path().join("proc/sys/kernel/random/boot_id"), "boot-2\n").unwrap();
    std::fs::write(&path, "35\n").unwrap();
    // A new change in the new boot restores the new boot's value.
    rt_tune(&[&["apply", "swappiness", "--yes"][..], &at].concat());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "10");
    let output = rt_tune(&[&["revert", "--all"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "35\n");
    assert!(text(&output).contains("ended by the reboot"), "{output:?}");
    assert!(!root.path().join("var/lib/rt-tune/journal.jsonl").exists());
}

#[test]
fn a_device_that_was_unplugged_is_gone_and_no_error() {
    let root = laptop();
    let at = ["--root", root.path().to_str().unwrap()];
    rt_tune(&[&["apply", "usb-autosuspend", "--yes"][..], &at].concat());
    std::fs::remove_dir_all(root.path().join("sys/bus/usb/devices/1-2")).unwrap();
    let output = rt_tune(&[&["revert", "--all"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output).contains("gone"), "{output:?}");
}

#[test]
fn unsafe_settings_are_refused_unless_named() {
    let root = fixture(&[
        ("proc/sys/kernel/sched_rt_runtime_us", "950000\n"),
        ("proc/cmdline", "quiet\n"),
        ("sys/devices/system/cpu/smt/control", "on\n"),
    ]);
    let at = ["--root", root.path().to_str().unwrap()];
    let output = rt_tune(&[&["apply", "--yes"][..], &at].concat());
    assert!(text(&output).contains("rt-throttling      only when named"), "{}", text(&output));
    let throttle = root.path().join("proc/sys/kernel/sched_rt_runtime_us");
    assert_eq!(std::fs::read_to_string(&throttle).unwrap(), "950000\n");
    // Named, it is done; what only a boot can change is said.
    let output = rt_tune(&[&["apply", "rt-throttling", "mitigations", "--yes"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(std::fs::read_to_string(&throttle).unwrap(), "-1");
    assert!(
        text(&output).contains("mitigations        unknown: this is decided at boot"),
        "{}",
        text(&output)
    );
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let root = laptop();
    let output = rt_tune(&["apply", "swappiness", "--root", root.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    let output = rt_tune(&["apply", "no-such-fix", "--plan"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("swappiness"), "{output:?}");
}

#[test]
fn cpus_that_are_not_there_and_an_empty_machine_are_said_and_no_error() {
    let root = laptop();
    let at = ["--root", root.path().to_str().unwrap()];
    let output =
        rt_tune(&[&["apply", "workqueue", "irq-affinity", "--plan", "--audio-cpus", "7"][..], &at].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output).contains("none of the CPUs 7 is online"), "{}", text(&output));
    let empty = tempfile::tempdir().unwrap();
    let output = rt_tune(&["apply", "--yes", "--root", empty.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output).contains("Nothing to write"), "{}", text(&output));
}
