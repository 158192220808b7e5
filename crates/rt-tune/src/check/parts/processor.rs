//! What the processor and the firmware decide by themselves: bias, boost, heat, profile.

use super::clock::{CPU, cpus};
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "energy-bias",
        title: "Energy bias",
        severity: Severity::Optional,
        good: "0 on every CPU",
        why: "a processor that leans to saving lowers its clock between two periods",
        what: "cpuN/power/energy_perf_bias, 0 (performance) to 15 (saving).",
        risk: "More power.",
        undo: "rt-tune revert energy-bias",
        source: "Linux: Documentation/admin-guide/pm/intel_epb.rst; tuned",
        nix: None,
        fix: Some("energy-bias"),
        look: energy_bias,
    },
    Check {
        id: "boost",
        title: "Boost",
        severity: Severity::Information,
        good: "on, unless the processor throttles for heat",
        why: "its changes of clock are small beside what heat throttling does",
        what: "/sys/devices/system/cpu/cpufreq/boost, or no_turbo of intel_pstate.",
        risk: "Without it everything is slower; with it a badly cooled machine may throttle.",
        undo: "Write the former value.",
        source: "Linux: Documentation/admin-guide/pm/cpufreq.rst; tuned",
        nix: None,
        fix: None,
        look: boost,
    },
    Check {
        id: "throttling",
        title: "Throttling for heat",
        severity: Severity::Recommended,
        good: "none since the machine was started",
        why: "a processor that is too hot halves its clock in the middle of a song",
        what: "cpuN/thermal_throttle/core_throttle_count and package_throttle_count, and the hottest thermal zone. The \
            counters run since boot: run the check before and after playing.",
        risk: "Clean the fan, or allow less power; nothing is written by this program.",
        undo: "Nothing to undo.",
        source: "Linux: arch/x86 therm_throt; nobody else checks it",
        nix: None,
        fix: None,
        look: throttling,
    },
    Check {
        id: "platform-profile",
        title: "Profile of the firmware",
        severity: Severity::Recommended,
        good: "performance",
        why: "a quiet profile lets the firmware throttle the processor without the kernel knowing",
        what: "/sys/firmware/acpi/platform_profile and platform_profile_choices.",
        risk: "Fans, more power.",
        undo: "rt-tune revert platform-profile",
        source: "Linux: Documentation/userspace-api/sysfs-platform_profile.rst; tuned",
        nix: None,
        fix: Some("platform-profile"),
        look: platform_profile,
    },
];

fn energy_bias(view: &View) -> Looked {
    let mut values = Vec::new();
    for cpu in cpus(view)? {
        match view.number(&format!("{cpu}/power/energy_perf_bias")) {
            Seen::There(value) => values.push(value),
            Seen::Absent => {}
            Seen::Hidden(why) => return Err(Look::unknown(why)),
        }
    }
    let worst = *values.iter().max().ok_or_else(|| Look::none("these CPUs have no such bias"))?;
    let value = if values.iter().all(|v| *v == worst) { worst.to_string() } else { format!("up to {worst}") };
    Ok(if worst == 0 { Look::ok(value) } else { Look::warn(value, "of 15; 0 prefers speed") })
}

fn boost(view: &View) -> Looked {
    let off = match view.number(&format!("{CPU}/intel_pstate/no_turbo")) {
        Seen::There(value) => value == 1,
        Seen::Hidden(why) => return Err(Look::unknown(why)),
        Seen::Absent => {
            view.number(&format!("{CPU}/cpufreq/boost")).or_none("the clock has no boost here")? == 0
        }
    };
    Ok(if off { Look::ok_because("off", "steadier, and slower") } else { Look::ok("on") })
}

fn throttling(view: &View) -> Looked {
    let mut counted = false;
    let mut hot = Vec::new();
    for cpu in cpus(view)? {
        for kind in ["core", "package"] {
            match view.number(&format!("{cpu}/thermal_throttle/{kind}_throttle_count")) {
                Seen::There(count) => {
                    counted = true;
                    if count > 0 {
                        let name = cpu.rsplit('/').next().unwrap_or("");
                        hot.push(format!("{name}, {kind}: {count} times"));
                    }
                }
                Seen::Absent => {}
                Seen::Hidden(why) => return Err(Look::unknown(why)),
            }
        }
    }
    let zones = view.list("/sys/class/thermal").there().unwrap_or_default();
    let temperature = zones
        .iter()
        .filter(|zone| zone.starts_with("thermal_zone"))
        .filter_map(|zone| view.number(&format!("/sys/class/thermal/{zone}/temp")).there())
        .max()
        .map(|milli| format!("{} °C now", milli / 1000));
    let value = |text: &str| match &temperature {
        Some(now) => format!("{text}, {now}"),
        None => text.to_owned(),
    };
    Ok(if !counted {
        let look = Look::none("this processor does not count it; a Raspberry Pi tells it in pi-throttled");
        temperature.map_or(look.clone(), |now| look.valued(now))
    } else if hot.is_empty() {
        Look::ok(value("never"))
    } else {
        Look::warn(value("since boot"), "it was too hot; count again after playing").with(hot)
    })
}

fn platform_profile(view: &View) -> Looked {
    let folder = "/sys/firmware/acpi";
    let now = view.text(&format!("{folder}/platform_profile")).or_none("the firmware offers no profiles")?;
    let choices = view.text(&format!("{folder}/platform_profile_choices")).there().unwrap_or_default();
    let listed = [format!("offered: {choices}")];
    Ok(if now == "performance" {
        Look::ok(now)
    } else if choices.split_whitespace().any(|choice| choice == "performance") {
        Look::warn(now, "the firmware offers performance").with(listed)
    } else {
        Look::ok_because(now, "the firmware offers no performance").with(listed)
    })
}
