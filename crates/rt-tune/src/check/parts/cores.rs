//! The cores: how deep they sleep, what they share, and which of them are fast.

use super::clock::{CPU, cpus};
use crate::change::{CpuSet, LATENCY_DEVICE};
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "c-states",
        title: "Sleep states",
        severity: Severity::Recommended,
        good: "none that takes longer to leave than a twentieth of the period: 66 µs for 64 frames at 48 kHz",
        why: "a CPU in deep sleep wakes too late for the period that woke it",
        what: "name, latency and disable of each state in cpuN/cpuidle. They may stay allowed when no audio runs: holding \
            /dev/cpu_dma_latency open forbids the deep ones as long as it is held, and writing the file once does nothing.",
        risk: "More power and heat while it is held. idle=poll or max_cstate on the command line also take turbo from the \
            other cores.",
        undo: "rt-tune revert c-states",
        source: "Linux: Documentation/power/pm_qos_interface.rst, admin-guide/pm/cpuidle.rst; tuned",
        nix: Some("archibald.tuning (holds it while audio runs)"),
        fix: Some("c-states"),
        look: c_states,
    },
    Check {
        id: "smt",
        title: "Two threads per core",
        severity: Severity::Information,
        good: "whatever the load allows: off helps only when one core is nearly full",
        why: "two threads of a core share its units, so a full audio thread gets slower when its neighbour works",
        what: "/sys/devices/system/cpu/smt/active and control.",
        risk: "Half of the CPUs go. Measure before and after.",
        undo: "rt-tune revert smt",
        source: "Linux: Documentation/admin-guide/hw-vuln; rtcqs warns whenever it is on",
        nix: Some("boot.kernelParams = [ \"nosmt\" ]"),
        fix: Some("smt"),
        look: smt,
    },
    Check {
        id: "uclamp",
        title: "Clock for real-time threads",
        severity: Severity::Optional,
        good: "1024 on mains power",
        why: "with schedutil it decides which clock the kernel chooses while a real-time thread runs",
        what: "/proc/sys/kernel/sched_util_clamp_min_rt_default (CONFIG_UCLAMP_TASK); PipeWire's uclamp.min does it for its \
            own threads.",
        risk: "Lower values save power on battery and ARM.",
        undo: "sysctl kernel.sched_util_clamp_min_rt_default=1024",
        source: "Linux: Documentation/scheduler/sched-util-clamp.rst",
        nix: Some("boot.kernel.sysctl.\"kernel.sched_util_clamp_min_rt_default\""),
        fix: None,
        look: uclamp,
    },
    Check {
        id: "core-kinds",
        title: "Fast and slow cores",
        severity: Severity::Recommended,
        good: "audio threads may run on fast cores, best on those of one cluster only",
        why: "a thread that the kernel moves to a slow core needs twice the time for the same period",
        what: "cpu_capacity (ARM), /sys/devices/cpu_core and cpu_atom (Intel hybrid), acpi_cppc/highest_perf, beside the CPUs \
            that real-time threads of audio programs may use.",
        risk: "Bound threads cannot use the other cores.",
        undo: "rt-tune revert thread-affinity",
        source: "Linux: Documentation/scheduler/sched-capacity.rst; nobody else checks it",
        nix: Some("archibald.realtime.audioCores"),
        fix: Some("thread-affinity"),
        look: core_kinds,
    },
];

/// A twentieth of 64 frames at 48 kHz, in µs.
const BUDGET_US: i64 = 66;

fn c_states(view: &View) -> Looked {
    let mut states: Vec<(String, i64, bool)> = Vec::new();
    let mut hidden = None;
    for cpu in cpus(view)? {
        let folder = format!("{cpu}/cpuidle");
        let names = match view.list(&folder) {
            Seen::There(names) => names,
            Seen::Absent => continue,
            Seen::Hidden(why) => {
                hidden = Some(why);
                continue;
            }
        };
        for state in names.iter().filter(|name| name.starts_with("state")) {
            let value = |file: &str| view.number(&format!("{folder}/{state}/{file}"));
            let Seen::There(latency) = value("latency") else {
                hidden = Some(format!("{folder}/{state}/latency cannot be read"));
                continue;
            };
            let name = view.text(&format!("{folder}/{state}/name")).there().unwrap_or_else(|| state.clone());
            let used = value("disable").there() != Some(1);
            if !states.iter().any(|s| s.0 == name && s.2 == used) {
                states.push((name, latency, used));
            }
        }
    }
    if states.is_empty() {
        return Err(hidden.map_or_else(|| Look::none("the kernel knows no sleep states here"), Look::unknown));
    }
    let held = held_latency(view);
    let limit = held.unwrap_or(i64::MAX);
    let slow = |s: &&(String, i64, bool)| s.2 && s.1 > BUDGET_US && s.1 <= limit;
    let deep: Vec<String> = states.iter().filter(slow).map(|s| format!("{} takes {} µs", s.0, s.1)).collect();
    let all = states.iter().map(|s| format!("{} {} µs", s.0, s.1)).collect::<Vec<_>>().join(", ");
    Ok(if let Some(why) = hidden {
        Look::unknown(why).valued(all)
    } else if !deep.is_empty() {
        Look::warn(
            all,
            "deeper sleep than a short period allows; it is only forbidden while audio runs, by rt-tune",
        )
        .with(deep)
    } else if let Some(us) = held {
        Look::ok_because(all, format!("{LATENCY_DEVICE} is held at {us} µs"))
    } else {
        Look::ok(all)
    })
}

/// What is held now; only the running machine knows.
fn held_latency(view: &View) -> Option<i64> {
    if !view.running {
        return None;
    }
    let bytes = view.first_bytes(LATENCY_DEVICE, 4)?;
    let us = i64::from(i32::from_ne_bytes(bytes.try_into().ok()?));
    // What the kernel says when nobody holds it.
    (us < 2_000_000_000).then_some(us)
}

fn smt(view: &View) -> Looked {
    let control = view.text(&format!("{CPU}/smt/control"));
    let active = view.number(&format!("{CPU}/smt/active"));
    if matches!(&control, Seen::There(word) if word == "notsupported" || word == "notimplemented") {
        return Err(Look::none("these cores have one thread each"));
    }
    Ok(match active.or_none("the kernel does not know of threads that share a core")? {
        0 => Look::ok("off"),
        1 => Look::ok_because(
            "on",
            "worth switching off only when one core is above 70 % or xruns come at full load",
        ),
        other => Look::unknown(format!("{CPU}/smt/active is {other}")),
    })
}

fn uclamp(view: &View) -> Looked {
    let path = "/proc/sys/kernel/sched_util_clamp_min_rt_default";
    let value = view.number(path).or_none("the kernel was built without clamping")?;
    Ok(match value {
        1024 => Look::ok(value),
        _ => Look::warn(value, "of 1024: real-time threads may run at a lower clock where schedutil governs"),
    })
}

/// CPUs by kind, the fastest kind first; empty when all are the same.
pub(super) fn kinds(view: &View) -> Result<Vec<(String, CpuSet)>, Look> {
    let set = |path: &str| view.cpus(path).there();
    if let (Some(core), Some(atom)) = (set("/sys/devices/cpu_core/cpus"), set("/sys/devices/cpu_atom/cpus")) {
        return Ok(vec![("P cores".into(), core), ("E cores".into(), atom)]);
    }
    let mut by_speed: Vec<(i64, Vec<u32>)> = Vec::new();
    for cpu in cpus(view)? {
        let number = cpu.rsplit("cpu").next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
        let speed = match view.number(&format!("{cpu}/cpu_capacity")) {
            Seen::There(capacity) => capacity,
            Seen::Hidden(why) => return Err(Look::unknown(why)),
            Seen::Absent => match view.number(&format!("{cpu}/acpi_cppc/highest_perf")) {
                Seen::There(speed) => speed,
                _ => continue,
            },
        };
        match by_speed.iter_mut().find(|(known, _)| *known == speed) {
            Some((_, list)) => list.push(number),
            None => by_speed.push((speed, vec![number])),
        }
    }
    by_speed.sort_by_key(|(speed, _)| std::cmp::Reverse(*speed));
    let (Some((most, _)), Some((least, _))) = (by_speed.first(), by_speed.last()) else {
        return Ok(Vec::new());
    };
    // The best cores of one kind differ by some percent, which is no other kind.
    if most * 8 <= least * 10 {
        return Ok(Vec::new());
    }
    let named =
        by_speed.iter().map(|(speed, list)| (format!("capacity {speed}"), list.iter().copied().collect()));
    Ok(named.collect())
}

fn core_kinds(view: &View) -> Looked {
    let kinds = kinds(view)?;
    let Some((_, fast)) = kinds.first() else {
        cpus(view)?;
        return Err(Look::none("all cores are of one kind, as far as the kernel says"));
    };
    // Medium cores count as fast beside little ones: what matters is to leave the slowest kind.
    let slow = kinds.last().map(|(_, set)| set.clone()).unwrap_or_default();
    let value = kinds.iter().map(|(name, set)| format!("{set} {name}")).collect::<Vec<_>>().join(", ");
    let programs = match view.running_programs("no audio program runs") {
        Ok(programs) => programs,
        Err(look) => {
            let why = format!("{}; where audio will run cannot be said", look.reason);
            return Err(Look::unknown(why).valued(value));
        }
    };
    let mut on_slow = Vec::new();
    let mut seen = 0;
    for program in &programs {
        for thread in &program.threads {
            let real_time = matches!(thread.stat.policy, 1 | 2) || thread.stat.name.contains("data-loop");
            let Some(allowed) = view.machine().affinity(thread.tid).ok().filter(|_| real_time) else {
                continue;
            };
            seen += 1;
            if !allowed.and(&slow).is_empty() {
                on_slow.push(format!("{} {} may run on CPUs {allowed}", program.name, thread.tid));
            }
        }
    }
    Ok(if seen == 0 {
        Look::unknown("no audio program has a real-time thread whose CPUs can be seen").valued(value)
    } else if on_slow.is_empty() {
        Look::ok_because(value, "audio threads stay off the slow cores")
    } else {
        Look::warn(value, format!("audio threads may run on slow cores; bind them to {fast}")).with(on_slow)
    })
}
