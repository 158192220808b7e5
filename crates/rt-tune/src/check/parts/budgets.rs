//! Guard rails around real-time threads: how much of a CPU they may have.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "rt-throttling",
        title: "Throttling of real-time threads",
        severity: Severity::Information,
        good: "on: audio that needs more than 95 % of a CPU is not reliable anyhow",
        why: "it takes the CPU away from a real-time thread that never rests, 50 ms of each second, and so saves the machine",
        what: "/proc/sys/kernel/sched_rt_runtime_us and _period_us. From Linux 6.12 on, without RT_GROUP_SCHED, it only \
            limits SCHED_DEADLINE; the fair server guards ordinary programs instead.",
        risk: "With -1 a real-time program that loops forever freezes the machine.",
        undo: "sysctl kernel.sched_rt_runtime_us=950000",
        source: "Linux: Documentation/scheduler/sched-rt-group.rst, kernel/sched/rt.c; tuned sets -1",
        nix: Some("boot.kernel.sysctl.\"kernel.sched_rt_runtime_us\""),
        fix: Some("rt-throttling"),
        look: rt_throttling,
    },
    Check {
        id: "fair-server",
        title: "Time kept for ordinary programs",
        severity: Severity::Information,
        good: "50 ms of each second, the kernel's own value",
        why: "since Linux 6.12 this, and not the throttling, interrupts a real-time thread that never rests",
        what: "/sys/kernel/debug/sched/fair_server/cpuN/runtime and period, in ns.",
        risk: "With 0 a real-time program that loops forever freezes its CPU.",
        undo: "Write 50000000 to runtime.",
        source: "Linux: kernel/sched/deadline.c, Documentation/scheduler/sched-deadline.rst",
        nix: None,
        fix: None,
        look: fair_server,
    },
    Check {
        id: "rt-group-sched",
        title: "Real-time budget of control groups",
        severity: Severity::Required,
        good: "not built in, or switched off with rt_group_sched=0",
        why: "a program in a child group without a budget is refused every real-time priority, even as root",
        what: "CONFIG_RT_GROUP_SCHED, rt_group_sched= on the command line, and cpu.rt_runtime_us of the groups that audio \
            programs and this session are in. A new child group starts with 0, and then sched_setscheduler fails with \
            EPERM whatever the limits say. With version 2 of control groups the cpu controller can then only be used while \
            all real-time threads are in the root group.",
        risk: "A reboot for rt_group_sched=0; a budget can also be written to cpu.rt_runtime_us of the group and all above.",
        undo: "Take rt_group_sched=0 off the command line.",
        source: "Linux: Documentation/scheduler/sched-rt-group.rst, Documentation/admin-guide/cgroup-v2.rst; measured",
        nix: Some("boot.kernelParams = [ \"rt_group_sched=0\" ]; musnix builds its kernel without it"),
        fix: None,
        look: rt_group_sched,
    },
];

fn rt_throttling(view: &View) -> Looked {
    let runtime =
        view.number("/proc/sys/kernel/sched_rt_runtime_us").or_unknown("the kernel shows no such limit")?;
    let period = view.number("/proc/sys/kernel/sched_rt_period_us").or_default(1_000_000)?;
    let groups = view.config().clone().there().map(|config| config.has("RT_GROUP_SCHED"));
    let newer = view.kernel().map(|version| version >= (6, 12));
    let note = match (newer, groups) {
        (Some(true), Some(false)) => {
            "it only limits SCHED_DEADLINE here; the fair server guards ordinary programs"
        }
        (Some(true), None) => {
            "whether it limits more than SCHED_DEADLINE depends on a configuration that is not there"
        }
        _ => "",
    };
    let value = format!("{runtime} of {period} µs");
    Ok(match runtime {
        -1 if note.is_empty() => Look::warn(
            "off",
            "a real-time program that loops forever freezes its CPU, and with one CPU the machine",
        ),
        -1 => Look::ok_because("off", note),
        0 => Look::bad(value, "no time at all is left for real-time threads"),
        _ if note.is_empty() => Look::ok(value),
        _ => Look::ok_because(value, note),
    })
}

fn fair_server(view: &View) -> Looked {
    let folder = "/sys/kernel/debug/sched/fair_server";
    if view.kernel().is_some_and(|version| version < (6, 12)) {
        return Err(Look::none("this kernel has no fair server: the throttling guards ordinary programs"));
    }
    let mut values = Vec::new();
    for cpu in view.list(folder).or_unknown("debugfs does not show it; every kernel since 6.12 has one")? {
        let runtime = view.number(&format!("{folder}/{cpu}/runtime")).or_unknown("it shows no runtime")?;
        let period = view.number(&format!("{folder}/{cpu}/period")).or_unknown("it shows no period")?;
        values.push(format!("{} of {} ms", runtime / 1_000_000, period / 1_000_000));
    }
    values.dedup();
    let value = values.join(", ");
    Ok(if values.is_empty() {
        Look::unknown("no CPU is listed")
    } else if values.iter().any(|value| value.starts_with("0 ")) {
        Look::warn(value, "a real-time program that loops forever freezes its CPU")
    } else {
        Look::ok(value)
    })
}

/// Where the cpu controller of version 1 is mounted.
fn cpu_mount(view: &View) -> Option<String> {
    let mounts = view.text("/proc/self/mounts").there().or_else(|| view.text("/proc/mounts").there())?;
    mounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is = *fields.get(2)? == "cgroup" && fields.get(3)?.split(',').any(|option| option == "cpu");
        is.then(|| fields[1].to_owned())
    })
}

fn rt_group_sched(view: &View) -> Looked {
    let by_config = view
        .config()
        .clone()
        .map(|config| (config.has("RT_GROUP_SCHED"), config.has("RT_GROUP_SCHED_DEFAULT_DISABLED")));
    let mount = cpu_mount(view);
    let file = |group: &str| {
        mount.as_ref().map(|mount| format!("{mount}{}/cpu.rt_runtime_us", group.trim_end_matches('/')))
    };
    let budget = |group: &str| file(group).map_or(Seen::Absent, |path| view.number(&path));
    let (built, off_by_default) = match by_config {
        Seen::There(built) => built,
        // The file exists only with the option.
        _ if budget("/").there().is_some() => (true, false),
        Seen::Absent => return Err(Look::unknown("no kernel configuration was found")),
        Seen::Hidden(why) => return Err(Look::unknown(why)),
    };
    if !built {
        return Ok(Look::ok("not built in"));
    }
    let asked = view.boot_value("rt_group_sched").there();
    let off = match asked.as_deref() {
        Some("0" | "off" | "n") => true,
        Some(_) => false,
        None => off_by_default,
    };
    if off {
        return Ok(Look::ok("built in, switched off"));
    }
    let mut blocked = Vec::new();
    let mut unseen = Vec::new();
    let programs = view.audio_programs().into_iter().map(|p| (p.pid.to_string(), p.name));
    for (pid, name) in programs.chain([("self".to_owned(), "this session".to_owned())]) {
        let Some(text) = view.text(&format!("/proc/{pid}/cgroup")).there() else { continue };
        for line in text.lines() {
            let Some((controllers, group)) = line.split_once(':').and_then(|(_, rest)| rest.split_once(':'))
            else {
                continue;
            };
            if controllers.split(',').any(|c| c == "cpu") && group != "/" {
                match budget(group) {
                    Seen::There(0) => blocked.push(format!("{name} is in {group}, which has no budget")),
                    Seen::There(_) => {}
                    Seen::Absent | Seen::Hidden(_) => unseen.push(format!("{name} is in {group}")),
                }
            }
        }
    }
    let enabled = view.text("/sys/fs/cgroup/cgroup.subtree_control").there().unwrap_or_default();
    if enabled.split_whitespace().any(|word| word == "cpu") {
        blocked.push(
            "the cpu controller of version 2 is on, so only the root group may have real-time threads".into(),
        );
    }
    Ok(if !blocked.is_empty() {
        let why = "real-time priorities are refused there; boot with rt_group_sched=0";
        Look::bad("in use", why).with(blocked)
    } else if !unseen.is_empty() {
        Look::unknown("a budget could not be read").valued("in use").with(unseen)
    } else {
        let why = "no audio program is hindered now, but a service or container in a child group will be";
        Look::warn("in use", why)
    })
}
