//! CPUs that are set aside for audio, and what is kept off them.

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

pub(super) const NOT_SET_ASIDE: &str = "no CPU is set aside for audio";

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
