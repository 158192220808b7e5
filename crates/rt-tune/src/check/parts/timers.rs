//! The kernel's timers and its clock.

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
