//! How fast the processor runs, and who decides that.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, Status, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "governor",
        title: "Frequency governor",
        severity: Severity::Recommended,
        good: "performance on every policy, or schedutil with a high uclamp for real-time threads",
        why: "a clock that first has to rise makes the first periods of a burst late",
        what: "scaling_governor of each policy in /sys/devices/system/cpu/cpufreq. Policies, not CPUs: big and little \
            cores have one each. A machine without that folder (usual in a virtual machine) has nothing to set, which \
            is not the same as good. power-profiles-daemon or tuned may put another value back.",
        risk: "More power and heat; a laptop on battery runs shorter.",
        undo: "rt-tune revert governor",
        source: "Linux: Documentation/admin-guide/pm/cpufreq.rst; rtcqs, Millisecond, musnix",
        nix: Some("powerManagement.cpuFreqGovernor = \"performance\""),
        fix: Some("governor"),
        look: governor,
    },
    Check {
        id: "power-profiles",
        title: "Daemon that sets the governor",
        severity: Severity::Recommended,
        good: "none, or one whose profile is performance",
        why: "it overwrites governor and preference when the mains are unplugged or a desktop asks, without telling",
        what: "Processes power-profiles-daemon, tuned, tlp, auto-cpufreq and thermald. The profile in use is what \
            /sys/firmware/acpi/platform_profile and the preference of each policy show; writes to sysfs send no event.",
        risk: "Without it the desktop's switch for power saving has no effect.",
        undo: "Start the service again.",
        source: "power-profiles-daemon's own documentation; nobody else checks it",
        nix: Some("services.power-profiles-daemon.enable = false"),
        fix: None,
        look: power_profiles,
    },
    Check {
        id: "epp",
        title: "Energy preference",
        severity: Severity::Recommended,
        good: "performance on every policy",
        why: "the processor itself decides by it how fast it raises its clock",
        what: "energy_performance_preference of each policy (intel_pstate and amd_pstate in active mode). With the governor \
            performance it cannot be written, and is at its best.",
        risk: "More power.",
        undo: "rt-tune revert epp",
        source: "Linux: Documentation/admin-guide/pm/intel_pstate.rst, amd-pstate.rst",
        nix: Some("archibald.tuning, or systemd.tmpfiles.rules"),
        fix: Some("epp"),
        look: epp,
    },
    Check {
        id: "dynamic-epp",
        title: "Preference chosen by the driver",
        severity: Severity::Optional,
        good: "disabled",
        why: "while it is on the driver chooses the preference itself and refuses every other",
        what: "/sys/devices/system/cpu/amd_pstate/dynamic_epp, from Linux 7.0 on.",
        risk: "More power on battery.",
        undo: "rt-tune revert dynamic-epp",
        source: "Linux 7: drivers/cpufreq/amd-pstate.c",
        nix: Some("boot.kernelParams = [ \"amd_dynamic_epp=disable\" ]"),
        fix: Some("dynamic-epp"),
        look: dynamic_epp,
    },
    Check {
        id: "pstate-driver",
        title: "Frequency driver",
        severity: Severity::Information,
        good: "the driver of the processor's maker, active",
        why: "it changes the clock within microseconds where an old driver takes milliseconds",
        what: "scaling_driver of each policy, and status, no_turbo, min_perf_pct of intel_pstate or status of amd_pstate.",
        risk: "Nothing to do; tuned disables the driver, which audio does not need.",
        undo: "Nothing to undo.",
        source: "Linux: Documentation/admin-guide/pm/intel_pstate.rst; tuned",
        nix: Some("boot.kernelParams = [ \"amd_pstate=active\" ]"),
        fix: None,
        look: driver,
    },
];

pub(super) const CPU: &str = "/sys/devices/system/cpu";
const NO_POLICY: &str = "the kernel scales no clock here, which is usual in a virtual machine";

/// Folders of the frequency policies.
pub(super) fn policies(view: &View) -> Result<Vec<String>, Look> {
    let names = view.list(&format!("{CPU}/cpufreq")).or_none(NO_POLICY)?;
    let found: Vec<String> = names
        .into_iter()
        .filter(|name| name.starts_with("policy"))
        .map(|name| format!("{CPU}/cpufreq/{name}"))
        .collect();
    if found.is_empty() { Err(Look::none(NO_POLICY)) } else { Ok(found) }
}

/// One value of each policy: `name (cpus): value`, the values without repetition, and what could not be read.
struct PerPolicy {
    values: Vec<String>,
    lines: Vec<String>,
    hidden: Vec<String>,
}

fn per_policy(view: &View, file: &str) -> Result<PerPolicy, Look> {
    let mut all = PerPolicy { values: Vec::new(), lines: Vec::new(), hidden: Vec::new() };
    for policy in policies(view)? {
        let name = policy.rsplit('/').next().unwrap_or("").to_owned();
        match view.text(&format!("{policy}/{file}")) {
            Seen::There(value) => {
                let cpus = view.text(&format!("{policy}/related_cpus")).there().unwrap_or_default();
                all.lines.push(format!("{name} (CPUs {cpus}): {value}"));
                if !all.values.contains(&value) {
                    all.values.push(value);
                }
            }
            // A CPU that was switched off takes its policy's files along.
            Seen::Absent => {}
            Seen::Hidden(why) => all.hidden.push(why),
        }
    }
    Ok(all)
}

fn governor(view: &View) -> Looked {
    let all = per_policy(view, "scaling_governor")?;
    if all.values.is_empty() {
        return Err(Look::unknown("no policy tells its governor").with(all.hidden));
    }
    let value = all.values.join(", ");
    if all.values.iter().all(|governor| governor == "performance") {
        return Ok(if all.hidden.is_empty() {
            Look::ok(value)
        } else {
            Look::unknown("not every policy can be read").valued(value).with(all.hidden)
        });
    }
    let clamp = view.number("/proc/sys/kernel/sched_util_clamp_min_rt_default").there();
    let scheduled = all.values.iter().all(|g| g == "performance" || g == "schedutil");
    if scheduled && clamp == Some(1024) {
        let why = "real-time threads ask for the highest clock (sched_util_clamp_min_rt_default is 1024)";
        return Ok(Look::ok_because(value, why).with(all.lines));
    }
    // In active mode intel_pstate and amd_pstate call a governor powersave that raises the clock under load.
    let own = per_policy(view, "scaling_driver")?.values;
    let adaptive =
        all.values == ["powersave"] && own.iter().all(|d| d == "intel_pstate" || d == "amd-pstate-epp");
    let why = if adaptive {
        "the driver raises the clock by load, later than a period needs it"
    } else {
        "the clock follows the load, too late for the period that brings the load"
    };
    Ok(Look::warn(value, why).with(all.lines))
}

fn power_profiles(view: &View) -> Looked {
    let daemons = ["power-profiles-", "tuned", "tlp", "auto-cpufreq"];
    view.runs(&daemons).or_unknown("processes cannot be seen")?;
    let running = view.named(&daemons);
    let Some(daemon) = running.first() else { return Ok(Look::ok("none runs")) };
    let name = match daemon.stat.name.as_str() {
        "power-profiles-" => "power-profiles-daemon",
        other => other,
    };
    let mut unseen = Vec::new();
    let mut values = |file: &str| match per_policy(view, file) {
        Ok(all) => {
            unseen.extend(all.hidden);
            all.values
        }
        Err(look) => {
            unseen.extend(Some(look.reason).filter(|_| look.status == Status::Unknown));
            Vec::new()
        }
    };
    let governors = values("scaling_governor");
    let preferences = values("energy_performance_preference");
    let profile = match view.text("/sys/firmware/acpi/platform_profile") {
        Seen::There(profile) => Some(profile),
        Seen::Absent => None,
        Seen::Hidden(why) => {
            unseen.push(why);
            None
        }
    };
    let saving: Vec<String> = [("governor", governors.as_slice()), ("preference", &preferences)]
        .into_iter()
        .chain([("profile", profile.as_slice())])
        .flat_map(|(what, found)| found.iter().map(move |value| (what, value)))
        .filter(|(_, value)| *value != "performance")
        .map(|(what, value)| format!("{what} {value}"))
        .collect();
    if saving.is_empty() && !unseen.is_empty() {
        return Err(Look::unknown("it runs, and what it has set cannot be read").valued(name).with(unseen));
    }
    if governors.is_empty() && preferences.is_empty() && profile.is_none() {
        return Err(Look::none("it runs, and this machine has nothing that it could set").valued(name));
    }
    let remedy = if name == "power-profiles-daemon" {
        "powerprofilesctl set performance, or rt-tune watch, which answers it"
    } else {
        "choose its profile for performance, or stop it"
    };
    Ok(if saving.is_empty() {
        Look::ok_because(name, "it runs, and everything it sets is at performance now")
    } else {
        Look::warn(name, format!("it keeps the machine saving, and overrides what others set: {remedy}"))
            .with(saving)
    })
}

fn epp(view: &View) -> Looked {
    let all = per_policy(view, "energy_performance_preference")?;
    if all.values.is_empty() {
        return Err(match all.hidden.first() {
            Some(why) => Look::unknown(why.clone()),
            None => Look::none("no driver here takes a preference"),
        });
    }
    let value = all.values.join(", ");
    Ok(if all.values == ["performance"] && all.hidden.is_empty() {
        Look::ok(value)
    } else {
        Look::warn(value, "the processor saves first and is fast later").with(all.lines).with(all.hidden)
    })
}

fn dynamic_epp(view: &View) -> Looked {
    let value = view.text(&format!("{CPU}/amd_pstate/dynamic_epp")).or_none("no driver here does that")?;
    Ok(match value.as_str() {
        "disabled" | "0" | "off" => Look::ok(value),
        _ => Look::warn(value, "a preference that somebody writes is refused"),
    })
}

fn driver(view: &View) -> Looked {
    let all = per_policy(view, "scaling_driver")?;
    if all.values.is_empty() {
        return Err(Look::unknown("no policy tells its driver").with(all.hidden));
    }
    let mut facts = Vec::new();
    for (path, name) in [
        ("intel_pstate/status", "intel_pstate"),
        ("intel_pstate/min_perf_pct", "lowest clock in %"),
        ("intel_pstate/hwp_dynamic_boost", "boost after input and output"),
        ("amd_pstate/status", "amd_pstate"),
    ] {
        if let Seen::There(value) = view.text(&format!("{CPU}/{path}")) {
            facts.push(format!("{name}: {value}"));
        }
    }
    let slow = all.values.iter().any(|driver| driver == "acpi-cpufreq");
    let value = all.values.join(", ");
    Ok(if slow && view.cpuinfo_value("vendor_id").as_deref() == Some("AuthenticAMD") {
        let why =
            "an AMD processor since Zen 2 has a driver of its own, amd_pstate, if the firmware has CPPC on";
        Look::warn(value, why).with(facts)
    } else {
        Look::ok(value).with(facts)
    })
}

/// Folders of the CPUs, `cpu0` and so on.
pub(super) fn cpus(view: &View) -> Result<Vec<String>, Look> {
    let names = view.list(CPU).or_unknown("the kernel lists no CPUs")?;
    let is_cpu = |name: &String| name.strip_prefix("cpu").is_some_and(|n| n.parse::<u32>().is_ok());
    Ok(names.into_iter().filter(is_cpu).map(|name| format!("{CPU}/{name}")).collect())
}
