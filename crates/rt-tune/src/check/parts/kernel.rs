//! Switches of the kernel: against attacks, and for diagnosis.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
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
