//! The page.

use super::Scrub;
use crate::change::Machine;
use crate::check::{Report, Status};
use std::fmt::Write;

/// Words of the command line that say something about audio; the values of others are not shown.
const SHOWN: &[&str] = &[
    "preempt",
    "isolcpus",
    "nohz_full",
    "rcu_nocbs",
    "mitigations",
    "rt_group_sched",
    "irqaffinity",
    "skew_tick",
    "intel_idle.max_cstate",
    "processor.max_cstate",
    "idle",
    "pcie_aspm",
    "pcie_aspm.policy",
    "amd_pstate",
    "intel_pstate",
    "usbcore.autosuspend",
    "usbhid.mousepoll",
    "cpufreq.default_governor",
    "clocksource",
    "tsc",
    "highres",
    "nohz",
    "dwc_otg.fiq_enable",
    "split_lock_detect",
    "cgroup_no_v1",
    "systemd.unified_cgroup_hierarchy",
];

/// Markdown for a forum. `versions` are lines such as `PipeWire 1.6.9`, `measured` sentences.
pub fn page(
    machine: &dyn Machine,
    report: &Report,
    versions: &[String],
    measured: &[String],
    scrub: &Scrub,
) -> String {
    let mut out = format!("## rt-tune doctor {}\n\n", env!("CARGO_PKG_VERSION"));
    about(&mut out, machine, report);
    for version in versions {
        let _ = writeln!(out, "* {version}");
    }
    cards(&mut out, machine);
    out.push_str("\n### Measured\n\n");
    if measured.is_empty() {
        out.push_str("nothing yet: latency-probe sched, latency-probe loop, rt-tune quantum\n");
    }
    for line in measured {
        let _ = writeln!(out, "* {line}");
    }
    findings(&mut out, report);
    scrub.clean(&out)
}

/// A file without white space at its ends; empty when there is none.
fn read(machine: &dyn Machine, path: &str) -> String {
    let bytes = machine.bytes(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().trim_end_matches('\0').to_owned()
}

/// Which machine, and which system is on it.
fn about(out: &mut String, machine: &dyn Machine, report: &Report) {
    let read = |path: &str| read(machine, path);
    let or = |text: String| if text.is_empty() { "not known".to_owned() } else { text };
    let subject = &report.machine;
    let release = read("/etc/os-release");
    let system = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .unwrap_or("")
        .trim_matches('"')
        .to_owned();
    let maker =
        format!("{} {}", read("/sys/class/dmi/id/sys_vendor"), read("/sys/class/dmi/id/product_name"));
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .find_map(|l| l.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<u64>().ok());
    for (name, value) in [
        ("Processor or board", or(subject.model.clone())),
        ("Machine", or(maker.trim().to_owned())),
        ("CPUs", or(subject.cpus.clone())),
        ("Memory", memory.map_or("not known".into(), |kib| format!("{:.1} GiB", kib as f64 / 1_048_576.0))),
        ("System", or(system)),
        ("Kernel", or(format!("{} {}", subject.kernel, subject.version).trim().to_owned())),
        ("Command line", or(command_line(&read("/proc/cmdline")))),
    ] {
        let _ = writeln!(out, "* {name}: {value}");
    }
}

fn cards(out: &mut String, machine: &dyn Machine) {
    out.push_str("\n### Sound cards\n\n");
    let cards = read(machine, "/proc/asound/cards");
    let named: Vec<&str> = cards.lines().filter(|line| line.contains("]:")).map(str::trim).collect();
    if named.is_empty() {
        out.push_str("none\n");
    }
    for card in named {
        let _ = writeln!(out, "* {card}");
    }
}

/// What the checks found: what is wrong in full, what is good by name only.
fn findings(out: &mut String, report: &Report) {
    for (title, wanted) in
        [("Bad", Status::Bad), ("Could be better", Status::Warn), ("Could not be found out", Status::Unknown)]
    {
        let found: Vec<_> = report.findings.iter().filter(|f| f.status == wanted).collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n### {title}\n");
        for f in found {
            let dash = if f.value.is_empty() || f.reason.is_empty() { "" } else { " — " };
            let _ = writeln!(out, "* **{}** {}{dash}{}", f.id, f.value, f.reason);
            for detail in f.details.iter().filter(|_| wanted != Status::Unknown).take(8) {
                let _ = writeln!(out, "  * {detail}");
            }
        }
    }
    let good: Vec<&str> = report.findings.iter().filter(|f| f.status == Status::Ok).map(|f| f.id).collect();
    let _ = writeln!(out, "\nGood: {}.", good.join(", "));
}

/// The command line with the values of unknown words taken out.
fn command_line(line: &str) -> String {
    let words = line.split_whitespace().map(|word| match word.split_once('=') {
        Some((key, _)) if !SHOWN.contains(&key) && !key.starts_with("snd") => format!("{key}=…"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_keeps_what_matters_only() {
        let line = "BOOT_IMAGE=/vmlinuz root=/dev/mapper/secret isolcpus=1-3 quiet snd_usb_audio.nrpacks=1 ip=10.0.0.1";
        assert_eq!(command_line(line), "BOOT_IMAGE=… root=… isolcpus=1-3 quiet snd_usb_audio.nrpacks=1 ip=…");
    }
}
