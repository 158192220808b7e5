//! Whether the kernel lets a real-time thread run at once.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "rt-kernel",
        title: "Real-time kernel",
        severity: Severity::Recommended,
        good: "PREEMPT_RT; full preemption with threaded interrupts is enough from 64 frames on",
        why: "parts of an ordinary kernel cannot be interrupted, and an audio thread waits for their end",
        what: "The version line of the running kernel (uname -v), then its configuration. /sys/kernel/realtime belongs \
            to the old patch set: where it is missing that says nothing.",
        risk: "Another kernel has to be booted. Throughput falls by a few percent; keep the old kernel in the boot menu.",
        undo: "Boot the former kernel.",
        source: "Linux: kernel/Kconfig.preempt, Documentation/core-api/real-time; rtcqs, musnix",
        nix: Some("archibald.realtime.kernel.flavour, musnix.kernel.realtime"),
        fix: None,
        look: rt_kernel,
    },
    Check {
        id: "preempt-mode",
        title: "Preemption",
        severity: Severity::Recommended,
        good: "full (PREEMPT_RT has it always)",
        why: "with less than full preemption a system call of any program delays the audio thread until it is over",
        what: "/sys/kernel/debug/sched/preempt where debugfs may be read, else preempt= on the command line, else the \
            choice that the kernel was built with. uname -v says only that the mode can be chosen.",
        risk: "A little throughput. The mode can be tried without reboot by writing full to the file in debugfs.",
        undo: "Write the former mode to the file, or take preempt=full off the command line.",
        source: "Linux: kernel/sched/core.c, Documentation/admin-guide/kernel-parameters.txt",
        nix: Some("boot.kernelParams = [ \"preempt=full\" ]"),
        fix: None,
        look: preempt_mode,
    },
    Check {
        id: "preempt-choice",
        title: "Modes the kernel offers",
        severity: Severity::Information,
        good: "full or lazy",
        why: "lazy gives an ordinary task up to a tick more, which delays programs without real-time priority only",
        what: "From Linux 7.0 on the modes none and voluntary are gone on x86, arm64 and riscv, and lazy is the default. \
            Real-time threads interrupt at once in both that are left.",
        risk: "Nothing to do.",
        undo: "Nothing to undo.",
        source: "Linux 7: kernel/Kconfig.preempt",
        nix: None,
        fix: None,
        look: preempt_choice,
    },
    Check {
        id: "threadirqs",
        title: "Threaded interrupts",
        severity: Severity::Recommended,
        good: "every interrupt has a thread (PREEMPT_RT, or threadirqs on the command line)",
        why: "only an interrupt with a thread has a priority, so that the sound card's comes before the disk's",
        what: "The word threadirqs on the command line, proved by threads named irq/N-name. Their names are cut after \
            15 characters.",
        risk: "A reboot, and a little more work for each interrupt.",
        undo: "Take threadirqs off the command line.",
        source: "Linux: kernel/irq/manage.c; rtcqs, rtirq, musnix",
        nix: Some("musnix.enable, or boot.kernelParams = [ \"threadirqs\" ]"),
        fix: None,
        look: threadirqs,
    },
    Check {
        id: "kernel-config",
        title: "Configuration of the kernel",
        severity: Severity::Information,
        good: "readable",
        why: "without it some of these checks cannot say anything",
        what: "/proc/config.gz, /boot/config-RELEASE, or the one beside the modules.",
        risk: "Nothing to do; a kernel built with IKCONFIG_PROC shows its own.",
        undo: "Nothing to undo.",
        source: "Linux: init/Kconfig; rtcqs",
        nix: None,
        fix: None,
        look: kernel_config,
    },
];

/// Whether the kernel is PREEMPT_RT, with the proof.
pub(super) fn is_real_time(view: &View) -> Seen<(bool, String)> {
    let version = view.text("/proc/sys/kernel/version");
    if let Seen::There(line) = &version {
        let is = line.split_whitespace().any(|word| word == "PREEMPT_RT");
        return Seen::There((is, line.clone()));
    }
    if let Seen::There(config) = view.config() {
        let is = config.has("PREEMPT_RT") || config.has("PREEMPT_RT_FULL");
        return Seen::There((is, format!("CONFIG_PREEMPT_RT in {}", config.source)));
    }
    version.map(|line| (false, line))
}

fn rt_kernel(view: &View) -> Looked {
    let (is, proof) =
        is_real_time(view).or_unknown("neither the version line nor a configuration is there")?;
    let flag = view.text("/sys/kernel/realtime").there();
    Ok(if is {
        let look = Look::ok("PREEMPT_RT");
        match flag {
            Some(flag) => look.with([format!("/sys/kernel/realtime is {flag}")]),
            None => look,
        }
    } else {
        let shown = if proof.contains("PREEMPT_DYNAMIC") { "PREEMPT_DYNAMIC" } else { "no PREEMPT_RT" };
        Look::warn(shown, format!("the kernel says: {proof}"))
    })
}

/// The mode in use and how it is known.
fn mode(view: &View) -> Result<(String, &'static str), Look> {
    let debugfs = view.text("/sys/kernel/debug/sched/preempt");
    if let Seen::There(text) = &debugfs
        && let Some((mode, _)) = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'))
    {
        return Ok((mode.to_owned(), "debugfs"));
    }
    if let Seen::There(mode) = view.boot_value("preempt") {
        return Ok((mode, "the command line"));
    }
    let config = match view.config() {
        Seen::There(config) => config,
        Seen::Absent => {
            return Err(Look::unknown(
                "debugfs does not show it, the command line does not name it, and no kernel configuration was found",
            ));
        }
        Seen::Hidden(why) => return Err(Look::unknown(why.clone())),
    };
    let built = [
        ("PREEMPT_LAZY", "lazy"),
        ("PREEMPT_NONE", "none"),
        ("PREEMPT_VOLUNTARY", "voluntary"),
        ("PREEMPT", "full"),
    ];
    let name = built.iter().find(|(option, _)| config.has(option)).map(|(_, name)| *name);
    name.map(|name| (name.to_owned(), "the configuration"))
        .ok_or_else(|| Look::unknown(format!("{} names no mode", config.source)))
}

/// Whether preempt= on the command line has an effect; `None` when nothing tells.
fn chosen_at_boot(view: &View) -> Option<bool> {
    match view.text("/proc/sys/kernel/version") {
        Seen::There(line) => Some(line.split_whitespace().any(|word| word == "PREEMPT_DYNAMIC")),
        _ => view.config().clone().there().map(|config| config.has("PREEMPT_DYNAMIC")),
    }
}

fn preempt_mode(view: &View) -> Looked {
    if let Seen::There((true, _)) = is_real_time(view) {
        return Ok(Look::ok_because("full", "PREEMPT_RT includes it"));
    }
    let (mode, by) = mode(view)?;
    Ok(match mode.as_str() {
        "full" => Look::ok_because("full", format!("by {by}")),
        "lazy" => Look::ok_because(
            "lazy",
            format!(
                "by {by}: real-time threads interrupt at once; only programs without a priority wait longer"
            ),
        ),
        "none" | "voluntary" if chosen_at_boot(view) == Some(false) => {
            Look::warn(&mode, format!("by {by}; this kernel has no other, so another one has to be booted"))
        }
        "none" | "voluntary" => Look::warn(&mode, format!("by {by}; boot with preempt=full")),
        other => Look::unknown(format!("{by} names a mode that is not known here: {other}")),
    })
}

fn preempt_choice(view: &View) -> Looked {
    if let Seen::There(text) = view.text("/sys/kernel/debug/sched/preempt") {
        return Ok(Look::ok(text));
    }
    let config =
        view.config().clone().or_unknown("debugfs is closed and no kernel configuration was found")?;
    let mut modes = Vec::new();
    for (option, name) in [
        ("PREEMPT_RT", "rt"),
        ("PREEMPT", "full"),
        ("PREEMPT_LAZY", "lazy"),
        ("PREEMPT_VOLUNTARY", "voluntary"),
        ("PREEMPT_NONE", "none"),
    ] {
        if config.has(option) {
            modes.push(name);
        }
    }
    if modes.is_empty() {
        return Err(Look::unknown(format!("{} names no mode", config.source)));
    }
    let chosen = modes.join(", ");
    let look = Look::ok(format!("built for {chosen}"));
    Ok(if config.has("PREEMPT_DYNAMIC") { look.with(["chosen at boot by preempt=".into()]) } else { look })
}

fn threadirqs(view: &View) -> Looked {
    let threads = view.irq_threads().len();
    if let Seen::There((true, _)) = is_real_time(view) {
        return Ok(match (view.processes(), threads) {
            (Seen::There(_), 0) => Look::unknown("PREEMPT_RT, but no thread of an interrupt is visible here"),
            (Seen::There(_), n) => Look::ok_because(format!("{n} threads"), "PREEMPT_RT includes it"),
            _ => Look::ok_because("included", "PREEMPT_RT includes it; processes cannot be seen to prove it"),
        });
    }
    let asked = view.booted_with("threadirqs").or_unknown("/proc/cmdline is missing")?;
    Ok(match (asked, threads) {
        (true, 0) => match view.processes() {
            Seen::There(_) => Look::warn("threadirqs", "asked for, but no thread named irq/… is there"),
            _ => Look::unknown("asked for on the command line; processes cannot be seen to prove it"),
        },
        (true, n) => Look::ok(format!("{n} threads")),
        (false, 0) => Look::warn("none", "no interrupt has a thread"),
        (false, n) => {
            Look::warn(format!("{n} threads"), "only the drivers that ask for it; boot with threadirqs")
        }
    })
}

fn kernel_config(view: &View) -> Looked {
    let config =
        view.config().clone().or_unknown("neither /proc/config.gz nor a file beside the kernel is there")?;
    Ok(Look::ok(config.source))
}
