//! What delays from below: links that sleep, split locks, the firmware's own interrupts.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pcie-aspm",
        title: "Link states of PCI Express",
        severity: Severity::Optional,
        good: "performance",
        why: "a link in a saving state delays the first transfer of a sound card or USB controller",
        what: "/sys/module/pcie_aspm/parameters/policy; link/l1_aspm of a device shows its own state. The USB and I2S of a \
            Raspberry Pi 5 sit behind such a link.",
        risk: "More power.",
        undo: "rt-tune revert pcie-aspm",
        source: "Linux: Documentation/core-api/real-time/hardware.rst",
        nix: Some("boot.kernelParams = [ \"pcie_aspm.policy=performance\" ]"),
        fix: Some("pcie-aspm"),
        look: aspm,
    },
    Check {
        id: "split-lock",
        title: "Punishment of split locks",
        severity: Severity::Information,
        good: "known",
        why: "a program (some Windows plugins) that locks across two cache lines is slowed by 10 ms each time",
        what: "split_lock_detect= on the command line and /proc/sys/kernel/split_lock_mitigate.",
        risk: "Without the punishment such a program slows all CPUs a little instead.",
        undo: "sysctl kernel.split_lock_mitigate=1",
        source: "Linux: Documentation/arch/x86/buslock.rst",
        nix: Some("boot.kernel.sysctl.\"kernel.split_lock_mitigate\""),
        fix: None,
        look: split_lock,
    },
    Check {
        id: "smi",
        title: "Interrupts of the firmware",
        severity: Severity::Information,
        good: "no new ones while audio runs",
        why: "the firmware stops all CPUs for them, and no operating system can prevent it",
        what: "The counter is MSR 0x34 of Intel processors, read by root through /dev/cpu/0/msr; the tracer hwlat finds them on \
            others. A single reading says little: compare before and after playing.",
        risk: "Only settings of the firmware help: legacy USB, monitoring of fans.",
        undo: "Nothing to undo.",
        source: "Linux: Documentation/trace/hwlat_detector.rst; cyclictest --smi",
        nix: None,
        fix: None,
        look: smi,
    },
];

fn aspm(view: &View) -> Looked {
    let text = view
        .text("/sys/module/pcie_aspm/parameters/policy")
        .or_none("the kernel manages no link states here")?;
    let policy = crate::change::chosen(&text);
    Ok(match policy {
        "performance" => Look::ok(policy),
        "default" => Look::warn(policy, "what the firmware left: links may sleep"),
        _ => Look::warn(policy, "links sleep between two transfers"),
    })
}

fn split_lock(view: &View) -> Looked {
    let mitigate = view.number("/proc/sys/kernel/split_lock_mitigate");
    let asked =
        view.boot_value("split_lock_detect").there().unwrap_or_else(|| "the kernel's own choice".into());
    let value = mitigate.or_none("this processor or kernel does not notice them")?;
    Ok(Look::ok(if value == 1 { "punished" } else { "only noted" })
        .with([format!("split_lock_detect: {asked}")]))
}

fn smi(view: &View) -> Looked {
    if view.is_x86() == Some(false) {
        return Err(Look::none("only x86 has them"));
    }
    if let Seen::There(Some(below)) = view.hypervisor() {
        return Err(Look::none(format!("a virtual machine ({below}) does not see those of its host")));
    }
    if view.cpuinfo_value("vendor_id").is_some_and(|vendor| vendor != "GenuineIntel") {
        return Err(Look::unknown("only Intel processors count them; the tracer hwlat finds them on others"));
    }
    if !view.running {
        return Err(Look::unknown("a folder has no counter"));
    }
    match crate::check::system::smi_count() {
        Ok(count) => Ok(Look::ok(format!("{count} since power-on")).with(["compare after playing".into()])),
        Err(error) => {
            Err(Look::unknown(format!("/dev/cpu/0/msr cannot be read (root, module msr): {error}")))
        }
    }
}
