//! CPUs that are set aside, and what the kernel does on all of them.

use crate::change::CpuSet;
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "isolated-cores",
        title: "Isolated CPUs",
        severity: Severity::Recommended,
        good: "none, or those that real-time threads are bound to",
        why: "the kernel moves nothing to an isolated CPU by itself, so audio that is not bound there shares the others",
        what: "/sys/devices/system/cpu/isolated (isolcpus= on the command line and isolated partitions of cpusets), beside the \
            CPUs that the real-time threads of audio programs may use.",
        risk: "Bind the threads (rt-tune apply thread-affinity), or take isolcpus off the command line; Linux itself \
            recommends isolated partitions, which need no reboot.",
        undo: "rt-tune revert thread-affinity, or put isolcpus back.",
        source: "Linux: Documentation/admin-guide/cpu-isolation.rst; nobody else checks it",
        nix: Some("archibald.realtime.audioCores"),
        fix: Some("thread-affinity"),
        look: isolated,
    },
    Check {
        id: "nohz-full",
        title: "CPUs without tick",
        severity: Severity::Recommended,
        good: "none",
        why: "each system call and interrupt gets dearer there, and an audio graph makes several in each period",
        what: "/sys/devices/system/cpu/nohz_full. It is made for a single thread that polls and never calls the kernel.",
        risk: "A reboot.",
        undo: "Put nohz_full= back on the command line.",
        source: "Linux: Documentation/timers/no_hz.rst, admin-guide/cpu-isolation.rst; tuned sets it for other work",
        nix: Some("boot.kernelParams without nohz_full="),
        fix: None,
        look: nohz_full,
    },
    Check {
        id: "rcu-nocbs",
        title: "Callbacks of RCU",
        severity: Severity::Optional,
        good: "moved off the isolated CPUs, where there are any",
        why: "otherwise the kernel frees memory on the CPU that computes audio",
        what: "rcu_nocbs= or nohz_full= on the command line, CONFIG_RCU_NOCB_CPU, and threads named rcuo….",
        risk: "A reboot.",
        undo: "Take rcu_nocbs= off the command line.",
        source: "Linux: Documentation/admin-guide/kernel-parameters.txt; tuned",
        nix: Some("boot.kernelParams = [ \"rcu_nocbs=2-3\" ]"),
        fix: None,
        look: rcu_nocbs,
    },
    Check {
        id: "managed-irq",
        title: "Interrupts that the kernel places",
        severity: Severity::Optional,
        good: "kept off the isolated CPUs, where there are any",
        why: "disks and network cards have a queue for each CPU, and their interrupts cannot be moved later",
        what: "isolcpus=managed_irq,… on the command line. Without it writing their smp_affinity gives EIO.",
        risk: "A reboot; it is a wish, not an order.",
        undo: "Take managed_irq off the command line.",
        source: "Linux: Documentation/admin-guide/kernel-parameters.txt; tuned",
        nix: Some("boot.kernelParams = [ \"isolcpus=managed_irq,domain,2-3\" ]"),
        fix: None,
        look: managed_irq,
    },
    Check {
        id: "workqueues",
        title: "Deferred work of the kernel",
        severity: Severity::Optional,
        good: "off the CPUs for audio, where there are any",
        why: "writing to disks and much else of the kernel runs there, on any CPU it may use",
        what: "/sys/devices/virtual/workqueue/cpumask and writeback/cpumask.",
        risk: "The remaining CPUs do it.",
        undo: "rt-tune revert workqueue",
        source: "Linux: Documentation/core-api/workqueue.rst; tuned",
        nix: Some("boot.kernel.sysfs.devices.virtual.workqueue.cpumask"),
        fix: Some("workqueue"),
        look: workqueues,
    },
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

/// CPUs that the command line isolates; empty when there are none.
fn isolated_at_boot(view: &View) -> Result<CpuSet, Look> {
    view.cpus("/sys/devices/system/cpu/isolated")
        .or_unknown("the kernel does not tell which CPUs are isolated")
}

/// CPUs that were set aside at boot or by an isolated partition of control groups; empty when there are none.
pub(super) fn set_aside(view: &View) -> Result<CpuSet, Look> {
    let partitions = view.cpus("/sys/fs/cgroup/cpuset.cpus.isolated").or_default(CpuSet::default())?;
    Ok(isolated_at_boot(view)?.or(&partitions))
}

const NOT_SET_ASIDE: &str = "no CPU is set aside for audio";

fn isolated(view: &View) -> Looked {
    let isolated = set_aside(view)?;
    if isolated.is_empty() {
        return Ok(Look::ok("none"));
    }
    let online = view.online().or_unknown("the CPUs of this machine cannot be read")?;
    let rest = online.without(&isolated);
    let value = format!("{isolated} of {online}");
    let programs = match view.running_programs("no audio program runs") {
        Ok(programs) => programs,
        Err(look) if look.status == crate::check::Status::NotApplicable => {
            let why = format!("no audio program runs that could use them, and all else shares CPUs {rest}");
            return Ok(Look::warn(value, why));
        }
        Err(look) => return Err(look.valued(value)),
    };
    let (mut placed, mut elsewhere, mut unseen) = (Vec::new(), Vec::new(), 0);
    for program in &programs {
        for thread in program.threads.iter().filter(|t| matches!(t.stat.policy, 1 | 2)) {
            let Ok(cpus) = view.machine().affinity(thread.tid) else {
                unseen += 1;
                continue;
            };
            let said =
                format!("{} {} ({}) may run on CPUs {cpus}", program.name, thread.tid, thread.stat.name);
            // An affinity that names both does not help: the kernel never moves a thread to an isolated CPU.
            let there = !cpus.and(&isolated).is_empty() && cpus.and(&rest).is_empty();
            if there { &mut placed } else { &mut elsewhere }.push(said);
        }
    }
    Ok(if placed.is_empty() && elsewhere.is_empty() {
        if unseen > 0 {
            Look::unknown("the CPUs of the audio threads cannot be read").valued(value)
        } else {
            Look::warn(
                value,
                format!("audio programs run, but none has a real-time thread; all share CPUs {rest}"),
            )
        }
    } else if placed.is_empty() {
        let why =
            format!("isolated, with nothing placed there: all audio shares CPUs {rest} with everything else");
        Look::bad(value, why).with(elsewhere)
    } else if elsewhere.is_empty() {
        Look::ok_because(value, "the audio threads are bound there").with(placed)
    } else {
        Look::warn(value, format!("some audio threads stay on CPUs {rest}")).with(elsewhere)
    })
}

fn nohz_full(view: &View) -> Looked {
    let path = "/sys/devices/system/cpu/nohz_full";
    let cpus = view.cpus(path).or_none("the kernel was built without CPUs that never tick")?;
    Ok(if cpus.is_empty() {
        Look::ok("none")
    } else {
        Look::warn(cpus, "system calls and interrupts are dearer there; right for a thread that only polls")
    })
}

fn rcu_nocbs(view: &View) -> Looked {
    let isolated = isolated_at_boot(view)?;
    if isolated.is_empty() {
        return Err(Look::none(NOT_SET_ASIDE));
    }
    if let Seen::There(config) = view.config()
        && !config.has("RCU_NOCB_CPU")
    {
        return Ok(Look::warn("not built in", "the kernel cannot move them"));
    }
    let words = view.cmdline().or_unknown("/proc/cmdline is missing")?;
    let Some(word) = words.iter().rev().find(|w| w.starts_with("rcu_nocbs") || w.starts_with("nohz_full="))
    else {
        return Ok(Look::warn("not moved", format!("add rcu_nocbs={isolated}")));
    };
    let list = word.split_once('=').map(|(_, list)| list);
    let covered = match list {
        None | Some("all") => true,
        Some(list) => CpuSet::from_list(list).is_some_and(|set| isolated.without(&set).is_empty()),
    };
    Ok(if covered { Look::ok(word) } else { Look::warn(word, format!("not all of CPUs {isolated}")) })
}

fn managed_irq(view: &View) -> Looked {
    let isolated = isolated_at_boot(view)?;
    if isolated.is_empty() {
        return Err(Look::none(NOT_SET_ASIDE));
    }
    let value = view.boot_value("isolcpus").or_default(String::new())?;
    Ok(if value.split(',').any(|word| word == "managed_irq") {
        Look::ok(format!("isolcpus={value}"))
    } else {
        Look::warn("not asked for", format!("add isolcpus=managed_irq,domain,{isolated}"))
    })
}

fn workqueues(view: &View) -> Looked {
    let isolated = set_aside(view)?;
    let folder = "/sys/devices/virtual/workqueue";
    let text = view
        .text(&format!("{folder}/cpumask"))
        .or_none("the kernel does not tell where deferred work runs")?;
    let mask = CpuSet::from_mask(&text).ok_or_else(|| Look::unknown(format!("cpumask is {text:?}")))?;
    if isolated.is_empty() {
        return Err(Look::none(NOT_SET_ASIDE).valued(format!("CPUs {mask}")));
    }
    let writeback = view.text(&format!("{folder}/writeback/cpumask")).there();
    let writeback = writeback.and_then(|text| CpuSet::from_mask(&text)).unwrap_or_else(|| mask.clone());
    let value = format!("CPUs {mask}, writing to disks on {writeback}");
    let there = mask.and(&isolated);
    Ok(if there.is_empty() && writeback.and(&isolated).is_empty() {
        Look::ok(value)
    } else {
        Look::warn(value, format!("also on isolated CPUs {isolated}"))
    })
}

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
