//! Memory and swap.

use crate::change::chosen;
use crate::check::look::{Look, Looked};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "swappiness",
        title: "Swapping",
        severity: Severity::Recommended,
        good: "10 or less with swap on a disk; any value without swap or with compressed memory only",
        why: "a program whose memory was written to the disk waits for the disk",
        what: "/proc/sys/vm/swappiness, judged by the devices in /proc/swaps: for zram a high value is right.",
        risk: "Less memory for the cache of files.",
        undo: "rt-tune revert swappiness",
        source: "Linux: Documentation/admin-guide/sysctl/vm.rst; rtcqs, Millisecond, musnix",
        nix: Some("archibald.realtime.swappiness, or boot.kernel.sysctl.\"vm.swappiness\""),
        fix: Some("swappiness"),
        look: swappiness,
    },
    Check {
        id: "zswap",
        title: "Compressed swap in front of a disk",
        severity: Severity::Information,
        good: "known",
        why: "it saves reads from the disk, at the price of the processor's time",
        what: "/sys/module/zswap/parameters/enabled and /proc/sys/vm/page-cluster.",
        risk: "None worth naming.",
        undo: "Write N to enabled.",
        source: "Linux: Documentation/admin-guide/mm/zswap.rst",
        nix: Some("zramSwap.enable"),
        fix: None,
        look: zswap,
    },
    Check {
        id: "thp",
        title: "Huge pages",
        severity: Severity::Optional,
        good: "madvise or never; defrag defer+madvise, madvise or never",
        why: "the kernel may stop a thread to gather a huge page for it",
        what: "enabled, defrag and khugepaged/defrag in /sys/kernel/mm/transparent_hugepage.",
        risk: "Programs that gain from huge pages must ask for them.",
        undo: "rt-tune revert thp",
        source: "Linux: Documentation/admin-guide/mm/transhuge.rst; tuned",
        nix: Some("boot.kernel.sysfs.kernel.mm.transparent_hugepage"),
        fix: Some("thp"),
        look: thp,
    },
    Check {
        id: "ksm",
        title: "Merging of equal pages",
        severity: Severity::Optional,
        good: "off",
        why: "it costs time and turns a later write into a page fault",
        what: "/sys/kernel/mm/ksm/run.",
        risk: "More memory in use on hosts of virtual machines.",
        undo: "rt-tune revert ksm",
        source: "Linux: Documentation/admin-guide/mm/ksm.rst; nobody else checks it",
        nix: Some("hardware.ksm.enable = false"),
        fix: Some("ksm"),
        look: ksm,
    },
    Check {
        id: "compaction",
        title: "Compaction in the background",
        severity: Severity::Optional,
        good: "0",
        why: "the kernel moves memory about, and a thread that uses it waits",
        what: "/proc/sys/vm/compaction_proactiveness, 0 to 100.",
        risk: "Huge pages are found later.",
        undo: "rt-tune revert compaction",
        source: "Linux: Documentation/admin-guide/sysctl/vm.rst; tuned",
        nix: Some("boot.kernel.sysctl.\"vm.compaction_proactiveness\""),
        fix: Some("compaction"),
        look: compaction,
    },
    Check {
        id: "numa-balancing",
        title: "Balancing between memory nodes",
        severity: Severity::Optional,
        good: "off, or a single node",
        why: "it takes page faults only to learn who uses which memory",
        what: "/proc/sys/kernel/numa_balancing and /sys/devices/system/node.",
        risk: "Memory may stay on a far node.",
        undo: "rt-tune revert numa-balancing",
        source: "Linux: Documentation/admin-guide/sysctl/kernel.rst; tuned",
        nix: Some("boot.kernel.sysctl.\"kernel.numa_balancing\""),
        fix: Some("numa-balancing"),
        look: numa,
    },
];

fn swappiness(view: &View) -> Looked {
    let swaps = view.text("/proc/swaps").or_none("the kernel was built without swap")?;
    let devices: Vec<&str> = swaps.lines().skip(1).filter_map(|l| l.split_whitespace().next()).collect();
    let value =
        view.number("/proc/sys/vm/swappiness").or_unknown("the kernel does not tell its swappiness")?;
    if devices.is_empty() {
        return Ok(Look::none("there is no swap").valued(value));
    }
    let (packed, disks): (Vec<&str>, Vec<&str>) =
        devices.into_iter().partition(|device| device.contains("zram"));
    if disks.is_empty() {
        let why = format!("all swap is compressed memory ({})", packed.join(", "));
        return Ok(Look::ok_because(value, why));
    }
    let where_to = [format!("swap on {}", disks.join(", "))];
    Ok(if value <= 10 {
        Look::ok(value).with(where_to)
    } else {
        Look::warn(value, "programs are swapped to a disk early").with(where_to)
    })
}

fn zswap(view: &View) -> Looked {
    let on =
        view.text("/sys/module/zswap/parameters/enabled").or_none("the kernel was built without zswap")?;
    let cluster = view.number("/proc/sys/vm/page-cluster").there();
    let note =
        cluster.map(|c| format!("page-cluster {c}: {} pages are read at once", 1_i64 << c.clamp(0, 10)));
    Ok(Look::ok(if on == "Y" { "on" } else { "off" }).with(note))
}

fn thp(view: &View) -> Looked {
    let folder = "/sys/kernel/mm/transparent_hugepage";
    let enabled =
        view.text(&format!("{folder}/enabled")).or_none("the kernel has no transparent huge pages")?;
    let defrag =
        view.text(&format!("{folder}/defrag")).or_unknown("the kernel does not tell how it gathers them")?;
    let (enabled, defrag) = (chosen(&enabled), chosen(&defrag));
    let background = view.number(&format!("{folder}/khugepaged/defrag")).there();
    let value = format!("{enabled}, defrag {defrag}");
    let note = background
        .map(|on| format!("khugepaged gathers in the background: {}", if on == 1 { "yes" } else { "no" }));
    Ok(if enabled == "always" || matches!(defrag, "always" | "defer") {
        Look::warn(value, "pages are gathered for programs that did not ask").with(note)
    } else {
        Look::ok(value).with(note)
    })
}

fn ksm(view: &View) -> Looked {
    let run = view.number("/sys/kernel/mm/ksm/run").or_none("the kernel does not merge pages")?;
    Ok(match run {
        1 => Look::warn("on", "pages are compared and merged all the time"),
        _ => Look::ok("off"),
    })
}

fn compaction(view: &View) -> Looked {
    let path = "/proc/sys/vm/compaction_proactiveness";
    let value = view.number(path).or_none("this kernel compacts on demand only")?;
    Ok(if value == 0 { Look::ok(value) } else { Look::warn(value, "of 100") })
}

fn numa(view: &View) -> Looked {
    let value =
        view.number("/proc/sys/kernel/numa_balancing").or_none("the kernel does not balance memory nodes")?;
    if value == 0 {
        return Ok(Look::ok("off"));
    }
    let nodes = view.cpus("/sys/devices/system/node/online").there().map_or(0, |nodes| nodes.iter().count());
    Ok(match nodes {
        1 => Look::ok_because("on", "there is one node, so nothing is balanced"),
        0 => Look::unknown("how many nodes there are cannot be read").valued("on"),
        n => Look::warn("on", format!("{n} nodes")),
    })
}
