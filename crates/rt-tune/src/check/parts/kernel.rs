//! Clocks, guard rails and switches of the kernel.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "hires-timers",
        title: "High-resolution timers",
        severity: Severity::Required,
        good: "on",
        why: "without them a timer can only fire at a tick, 1 to 10 ms late",
        what: "CONFIG_HIGH_RES_TIMERS of the running kernel, highres=off on the command line, and .hres_active in \
            /proc/timer_list where root may read it.",
        risk: "Another kernel has to be booted.",
        undo: "Boot the former kernel.",
        source: "Linux: kernel/time/Kconfig; rtcqs, realtimeconfigquickscan",
        nix: Some("boot.kernelPackages (every kernel of nixpkgs has them)"),
        fix: None,
        look: hires,
    },
    Check {
        id: "tick",
        title: "Timer tick",
        severity: Severity::Information,
        good: "no tick on idle CPUs; 1000 Hz where preemption is lazy",
        why: "the tick wakes every CPU, and with lazy preemption it is what ends an ordinary program's turn",
        what: "CONFIG_NO_HZ_IDLE, CONFIG_NO_HZ_FULL, CONFIG_NO_HZ and CONFIG_HZ. With high-resolution timers the rate \
            does not limit how exact timers are.",
        risk: "Another kernel has to be built.",
        undo: "Boot the former kernel.",
        source: "Linux: kernel/time/Kconfig, kernel/Kconfig.hz; rtcqs",
        nix: Some("boot.kernelPatches with structuredExtraConfig"),
        fix: None,
        look: tick,
    },
    Check {
        id: "clocksource",
        title: "Clock",
        severity: Severity::Required,
        good: "tsc on x86, arch_sys_counter on ARM, the paravirtual clock in a virtual machine",
        why: "an audio server reads the clock several times each period, and hpet or acpi_pm take 1 to 2 µs each time",
        what: "/sys/devices/system/clocksource/clocksource0/current_clocksource, and whether a better one is available. \
            The kernel leaves tsc when it finds it unstable, and says so in its log.",
        risk: "A clock that the kernel left as unstable may run unevenly: measure before tsc=reliable.",
        undo: "Write the former name to current_clocksource.",
        source: "Linux: kernel/time/clocksource.c, arch/x86/kernel/tsc.c",
        nix: Some("boot.kernelParams = [ \"clocksource=tsc\" ], only after a proof"),
        fix: None,
        look: clocksource,
    },
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
    Check {
        id: "mitigations",
        title: "Mitigations of processor faults",
        severity: Severity::Information,
        good: "on",
        why: "they make each system call a little dearer, which no period that audio uses depends on",
        what: "/sys/devices/system/cpu/vulnerabilities and mitigations= on the command line. rtcqs warns when they are on; \
            here it is the other way round, since the gain is small and the danger is not.",
        risk: "mitigations=off opens the machine to known attacks, also from a web page.",
        undo: "Take mitigations=off off the command line.",
        source: "Linux: Documentation/admin-guide/hw-vuln; rtcqs",
        nix: Some("boot.kernelParams (never set by this project)"),
        fix: Some("mitigations"),
        look: mitigations,
    },
    Check {
        id: "lockdown",
        title: "Lockdown",
        severity: Severity::Information,
        good: "known",
        why: "it closes debugfs even to root, so that the preemption mode cannot be read or changed while running",
        what: "/sys/kernel/security/lockdown.",
        risk: "Nothing to do; it comes with secure boot.",
        undo: "Nothing to undo.",
        source: "Linux: security/lockdown; kernel_lockdown(7)",
        nix: None,
        fix: None,
        look: lockdown,
    },
    Check {
        id: "rv-monitors",
        title: "Monitors for real-time programs",
        severity: Severity::Information,
        good: "available for diagnosis, and off otherwise",
        why: "they show page faults and wrong ways of sleeping in real-time threads, at some cost while they run",
        what: "CONFIG_RV_MON_RTAPP, and rv/monitors/rtapp in the tracing file system.",
        risk: "They cost time in each real-time thread while they are on.",
        undo: "Write 0 to enable of the monitor.",
        source: "Linux: Documentation/trace/rv/monitor_rtapp.rst",
        nix: None,
        fix: None,
        look: rv_monitors,
    },
];

fn hires(view: &View) -> Looked {
    if let Seen::There(value) = view.boot_value("highres")
        && matches!(value.as_str(), "off" | "0" | "n")
    {
        return Ok(Look::bad("off", format!("highres={value} on the command line")));
    }
    if let Seen::There(list) = view.text("/proc/timer_list") {
        let active: Vec<&str> =
            list.lines().filter(|l| l.contains(".hres_active")).filter_map(|l| l.split(':').nth(1)).collect();
        if !active.is_empty() {
            let on = active.iter().all(|value| value.trim() == "1");
            return Ok(if on { Look::ok("on") } else { Look::bad("off", "not active on every CPU") });
        }
    }
    let config = view
        .config()
        .clone()
        .or_unknown("no kernel configuration was found, and /proc/timer_list is readable for root only")?;
    let source = &config.source;
    Ok(if config.has("HIGH_RES_TIMERS") {
        Look::ok_because("on", format!("by {source}"))
    } else {
        Look::bad("off", format!("{source} has no CONFIG_HIGH_RES_TIMERS"))
    })
}

fn tick(view: &View) -> Looked {
    let config = view.config().clone().or_unknown("no kernel configuration was found")?;
    let kinds = [
        ("NO_HZ_FULL", "without tick on chosen CPUs"),
        ("NO_HZ_IDLE", "without tick when idle"),
        ("NO_HZ", "without tick when idle"),
    ];
    let kind = kinds.iter().find(|(option, _)| config.has(option)).map(|(_, text)| *text);
    let hz = config.value("HZ").unwrap_or("an unknown number of");
    let value = format!("{hz} Hz, {}", kind.unwrap_or("always ticking"));
    let lazy = config.has("PREEMPT_LAZY") && !config.has("PREEMPT_DYNAMIC");
    Ok(match kind {
        None => Look::warn(value, "idle CPUs are woken at each tick"),
        Some(_) if lazy && hz.parse().is_ok_and(|hz: u32| hz < 1000) => {
            Look::warn(value, "with lazy preemption an ordinary program keeps its CPU for up to a tick")
        }
        Some(_) => Look::ok(value),
    })
}

fn clocksource(view: &View) -> Looked {
    let folder = "/sys/devices/system/clocksource/clocksource0";
    let now = view.text(&format!("{folder}/current_clocksource")).or_unknown("the kernel names no clock")?;
    let others = view.text(&format!("{folder}/available_clocksource")).there().unwrap_or_default();
    let offered = |name: &str| others.split_whitespace().any(|other| other == name);
    let listed = [format!("available: {others}")];
    Ok(match now.as_str() {
        "tsc" | "arch_sys_counter" | "kvm-clock" | "hyperv_clocksource_tsc_page" | "riscv_clocksource" => {
            Look::ok(&now)
        }
        "xen" => Look::ok(&now),
        "hpet" | "acpi_pm" | "jiffies" | "refined-jiffies" if offered("tsc") => {
            Look::bad(&now, "slow to read, although tsc is available").with(listed)
        }
        "hpet" | "acpi_pm" | "jiffies" | "refined-jiffies" => {
            Look::bad(&now, "slow to read; the kernel gave tsc up, and its log says why").with(listed)
        }
        _ => Look::unknown("this program does not know how fast that clock is").valued(&now).with(listed),
    })
}

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

fn mitigations(view: &View) -> Looked {
    if let Seen::There(value) = view.boot_value("mitigations")
        && value.split(',').next() == Some("off")
    {
        return Ok(Look::warn("off", "the machine is open to known attacks; audio gains next to nothing"));
    }
    let folder = "/sys/devices/system/cpu/vulnerabilities";
    let names = view.list(folder).or_unknown("the kernel lists no faults")?;
    let (mut active, mut open, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for name in &names {
        match view.text(&format!("{folder}/{name}")) {
            Seen::There(text) if text.starts_with("Vulnerable") => open.push(format!("{name}: {text}")),
            Seen::There(text) if text.starts_with("Mitigation") => active.push(format!("{name}: {text}")),
            Seen::There(_) | Seen::Absent => {}
            Seen::Hidden(why) => unseen.push(why),
        }
    }
    if names.is_empty() || !unseen.is_empty() {
        return Err(Look::unknown("not every fault of the processor can be read").with(unseen));
    }
    let value = format!("on, {} active, {} open", active.len(), open.len());
    Ok(Look::ok(value).with(open).with(active))
}

fn lockdown(view: &View) -> Looked {
    let text = view.text("/sys/kernel/security/lockdown").or_none("the kernel has no lockdown")?;
    let mode = crate::change::chosen(&text);
    Ok(match mode {
        "none" => Look::ok("none"),
        mode => Look::ok_because(mode, "debugfs may be closed even to root"),
    })
}

fn rv_monitors(view: &View) -> Looked {
    let config = view.config().clone().or_unknown("no kernel configuration was found")?;
    if !config.has("RV_MON_RTAPP") {
        return Err(Look::none("the kernel was built without them"));
    }
    let on: Vec<String> = match view.text("/sys/kernel/tracing/rv/enabled_monitors") {
        Seen::There(text) => text.lines().filter(|l| l.contains("rtapp")).map(str::to_owned).collect(),
        Seen::Absent => Vec::new(),
        Seen::Hidden(why) => return Err(Look::unknown(why).valued("available")),
    };
    Ok(if on.is_empty() {
        Look::ok("available, off")
    } else {
        Look::warn("on", "they cost time in each real-time thread").with(on)
    })
}
