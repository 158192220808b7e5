//! What the kernel does on every CPU: its timers, watchdogs, statistics, tracing and scheduler.

use super::isolation::{NOT_SET_ASIDE, set_aside};
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ktimers",
        title: "Timers of the kernel on PREEMPT_RT",
        severity: Severity::Information,
        good: "known: FIFO 1 is enough for hardware clocks",
        why: "on PREEMPT_RT soft timers run in threads ktimers/N, and a sound driver that a timer drives (snd-aloop, \
            snd-dummy) waits for them",
        what: "Priority of the threads ktimers/N, and whether such a driver is loaded.",
        risk: "Higher than audio it delays audio; chrt -f -p PRIORITY TID.",
        undo: "chrt -f -p 1 TID",
        source: "Linux: kernel/softirq.c; tuned raises them in guests",
        nix: None,
        fix: None,
        look: ktimers,
    },
    Check {
        id: "nmi-watchdog",
        title: "Watchdog for hung CPUs",
        severity: Severity::Information,
        good: "on, unless its interrupt is seen in a measurement",
        why: "its interrupt comes every few seconds, also to a CPU that computes audio",
        what: "/proc/sys/kernel/nmi_watchdog, watchdog and watchdog_cpumask.",
        risk: "A CPU that hangs in the kernel is no longer noticed.",
        undo: "rt-tune revert nmi-watchdog",
        source: "Linux: Documentation/admin-guide/lockup-watchdogs.rst; tuned",
        nix: Some("boot.kernel.sysctl.\"kernel.nmi_watchdog\""),
        fix: Some("nmi-watchdog"),
        look: nmi_watchdog,
    },
    Check {
        id: "stat-interval",
        title: "Statistics of memory",
        severity: Severity::Optional,
        good: "10 s or more",
        why: "the kernel wakes every CPU to gather them",
        what: "/proc/sys/vm/stat_interval, in s.",
        risk: "Statistics are up to 10 s old.",
        undo: "rt-tune revert stat-interval",
        source: "Linux: Documentation/admin-guide/sysctl/vm.rst; tuned",
        nix: Some("boot.kernel.sysctl.\"vm.stat_interval\""),
        fix: Some("stat-interval"),
        look: stat_interval,
    },
    Check {
        id: "timer-migration",
        title: "Migration of timers",
        severity: Severity::Optional,
        good: "off where CPUs are set aside for audio",
        why: "an idle CPU's timers move to a busy one, which may be the one that computes audio",
        what: "/proc/sys/kernel/timer_migration.",
        risk: "Idle CPUs sleep a little less.",
        undo: "rt-tune revert timer-migration",
        source: "Linux: kernel/time/timer_migration.c; tuned",
        nix: Some("boot.kernel.sysctl.\"kernel.timer_migration\""),
        fix: Some("timer-migration"),
        look: timer_migration,
    },
    Check {
        id: "skew-tick",
        title: "Ticks at the same moment",
        severity: Severity::Information,
        good: "skew_tick=1 on machines with many CPUs",
        why: "when all CPUs tick at once they wait for the same locks",
        what: "skew_tick= on the command line.",
        risk: "More power: CPUs wake one after the other.",
        undo: "Take skew_tick off the command line.",
        source: "Linux: Documentation/admin-guide/kernel-parameters.txt; tuned",
        nix: Some("boot.kernelParams = [ \"skew_tick=1\" ]"),
        fix: None,
        look: skew_tick,
    },
    Check {
        id: "hung-task",
        title: "Search for hung programs",
        severity: Severity::Information,
        good: "any value",
        why: "it walks through all threads every two minutes, which takes some 10 µs on one CPU",
        what: "/proc/sys/kernel/hung_task_timeout_secs.",
        risk: "None worth naming.",
        undo: "sysctl kernel.hung_task_timeout_secs=120",
        source: "Linux: kernel/hung_task.c; tuned",
        nix: Some("boot.kernel.sysctl.\"kernel.hung_task_timeout_secs\""),
        fix: None,
        look: hung_task,
    },
    Check {
        id: "tracing",
        title: "Tracing",
        severity: Severity::Optional,
        good: "no tracer, no event switched on",
        why: "each event that is recorded costs time in the thread that causes it",
        what: "current_tracer and set_event in /sys/kernel/tracing, kernel.perf_event_max_sample_rate.",
        risk: "None: nothing is recorded any more.",
        undo: "Switch it on again.",
        source: "Linux: Documentation/trace/ftrace.rst",
        nix: None,
        fix: None,
        look: tracing,
    },
    Check {
        id: "sched-ext",
        title: "Scheduler from outside the kernel",
        severity: Severity::Information,
        good: "disabled, or known",
        why: "it replaces the scheduler of ordinary programs; real-time threads are not touched",
        what: "/sys/kernel/sched_ext/state and root/ops.",
        risk: "Ordinary programs run as the kernel's own scheduler wants.",
        undo: "Start the scheduler's service again.",
        source: "Linux: Documentation/scheduler/sched-ext.rst; nobody else checks it",
        nix: Some("services.scx.enable = false"),
        fix: None,
        look: sched_ext,
    },
    Check {
        id: "slice",
        title: "Turn of ordinary programs",
        severity: Severity::Information,
        good: "the kernel's own value",
        why: "a program without real-time priority waits for the ends of the others' turns",
        what: "/sys/kernel/debug/sched/base_slice_ns.",
        risk: "Shorter turns cost throughput.",
        undo: "Write the former value.",
        source: "Linux: Documentation/scheduler/sched-eevdf.rst; nobody else checks it",
        nix: None,
        fix: None,
        look: slice,
    },
];

fn ktimers(view: &View) -> Looked {
    let real_time = super::preempt::is_real_time(view).or_unknown("the kernel does not tell what it is")?;
    if !real_time.0 {
        return Err(Look::none("an ordinary kernel runs timers in interrupts"));
    }
    let Seen::There(all) = view.processes() else { return Err(Look::unknown("processes cannot be seen")) };
    let of = |prefix: &str| -> Vec<u8> {
        let mut priorities: Vec<u8> =
            all.iter().filter(|p| p.stat.name.starts_with(prefix)).map(|p| p.stat.priority).collect();
        priorities.dedup();
        priorities
    };
    let timers = of("ktimers/");
    if timers.is_empty() {
        return Err(Look::unknown("no thread ktimers/N is visible"));
    }
    let value = timers.iter().map(|p| format!("FIFO {p}")).collect::<Vec<_>>().join(", ");
    let loaded = |module: &str| view.list(&format!("/sys/module/{module}")).there().is_some();
    let driven: Vec<String> = ["snd_aloop", "snd_dummy"]
        .into_iter()
        .filter(|m| loaded(m))
        .map(|m| format!("{m} is loaded"))
        .collect();
    Ok(if driven.is_empty() {
        Look::ok(value)
    } else {
        Look::warn(value, "a sound driver is driven by these timers").with(driven)
    })
}

fn nmi_watchdog(view: &View) -> Looked {
    let value = view.number("/proc/sys/kernel/nmi_watchdog").or_none("the kernel was built without it")?;
    let soft = view.number("/proc/sys/kernel/watchdog").there();
    let note = soft.map(|on| format!("watchdog for hung programs: {}", if on == 1 { "on" } else { "off" }));
    Ok(Look::ok(if value == 1 { "on" } else { "off" }).with(note))
}

fn stat_interval(view: &View) -> Looked {
    let value = view.number("/proc/sys/vm/stat_interval").or_unknown("the kernel does not tell it")?;
    let shown = format!("{value} s");
    Ok(if value >= 10 { Look::ok(shown) } else { Look::warn(shown, "every CPU is woken that often") })
}

fn timer_migration(view: &View) -> Looked {
    let isolated = set_aside(view)?;
    let value =
        view.number("/proc/sys/kernel/timer_migration").or_none("the kernel does not migrate timers")?;
    let shown = if value == 1 { "on" } else { "off" };
    Ok(match (value, isolated.is_empty()) {
        (0, _) => Look::ok(shown),
        (_, true) => Look::none(NOT_SET_ASIDE).valued(shown),
        _ => Look::warn(shown, "timers may move to the CPUs that compute audio"),
    })
}

fn skew_tick(view: &View) -> Looked {
    let cpus = view.online().or_unknown("the CPUs of this machine cannot be read")?.iter().count();
    let value = view.boot_value("skew_tick").or_default("0".into())?;
    Ok(match (value.as_str(), cpus) {
        ("1", _) => Look::ok("skewed"),
        (_, 0..8) => Look::ok_because("together", format!("with {cpus} CPUs it hardly matters")),
        _ => Look::warn("together", format!("{cpus} CPUs tick at once")),
    })
}

fn hung_task(view: &View) -> Looked {
    let path = "/proc/sys/kernel/hung_task_timeout_secs";
    let value = view.number(path).or_none("the kernel was built without it")?;
    Ok(Look::ok(if value == 0 { "off".to_owned() } else { format!("{value} s") }))
}

fn tracing(view: &View) -> Looked {
    let folder = "/sys/kernel/tracing";
    let tracer =
        view.text(&format!("{folder}/current_tracer")).or_none("the kernel was built without tracing")?;
    let events = view.text(&format!("{folder}/set_event")).or_default(String::new())?;
    let events: Vec<String> = events.lines().take(8).map(str::to_owned).collect();
    let on = view.number(&format!("{folder}/tracing_on")).or_default(1)? == 1;
    Ok(if !on || (tracer == "nop" && events.is_empty()) {
        Look::ok("none")
    } else if tracer == "nop" {
        Look::warn("events", "are recorded").with(events)
    } else {
        Look::warn(tracer, "a tracer records").with(events)
    })
}

fn sched_ext(view: &View) -> Looked {
    let state = view.text("/sys/kernel/sched_ext/state").or_none("the kernel has no such door")?;
    let name = view.text("/sys/kernel/sched_ext/root/ops").there();
    Ok(match state.as_str() {
        "disabled" => Look::ok(state),
        _ => Look::warn(name.unwrap_or(state), "it schedules everything that has no real-time priority"),
    })
}

fn slice(view: &View) -> Looked {
    let ns = view.number("/sys/kernel/debug/sched/base_slice_ns").or_none("this kernel has no such value")?;
    Ok(Look::ok(format!("{} µs", ns / 1000)))
}
