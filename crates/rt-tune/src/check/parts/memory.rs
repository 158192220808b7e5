//! Memory, swap and file systems.

use crate::change::chosen;
use crate::check::look::{Look, Looked, Seen};
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
    Check {
        id: "dirty-limits",
        title: "Data waiting to be written",
        severity: Severity::Optional,
        good: "at most 10 %, or 16 to 64 MiB on a machine with an SD card",
        why: "a card that has to swallow a gigabyte at once stops every program that writes, a recording first",
        what: "dirty_ratio, dirty_bytes and dirty_background_… in /proc/sys/vm.",
        risk: "Large copies take longer.",
        undo: "sysctl vm.dirty_ratio=20 vm.dirty_background_ratio=10",
        source: "Linux: Documentation/admin-guide/sysctl/vm.rst; tuned",
        nix: Some("boot.kernel.sysctl.\"vm.dirty_bytes\""),
        fix: None,
        look: dirty,
    },
    Check {
        id: "filesystems",
        title: "File systems",
        severity: Severity::Information,
        good: "projects on a local file system",
        why: "one that a program or another machine serves answers late, and a recording waits for it",
        what: "/proc/self/mounts: fuse, nfs, cifs, 9p and reiserfs, and whether each read writes the time (strictatime).",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "rtcqs, realtimeconfigquickscan",
        nix: Some("fileSystems.<name>.options"),
        fix: None,
        look: filesystems,
    },
    Check {
        id: "inotify",
        title: "Watched files",
        severity: Severity::Optional,
        good: "524288 or more",
        why: "a sampler or browser of samples that cannot watch its folders reads them again and again",
        what: "/proc/sys/fs/inotify/max_user_watches.",
        risk: "1 kB of kernel memory for each watch in use.",
        undo: "sysctl fs.inotify.max_user_watches=65536",
        source: "Linux: inotify(7); realtimeconfigquickscan",
        nix: Some("boot.kernel.sysctl.\"fs.inotify.max_user_watches\""),
        fix: None,
        look: inotify,
    },
    Check {
        id: "pressure",
        title: "Pressure",
        severity: Severity::Information,
        good: "memory below 1 % over the last ten seconds",
        why: "it shows for how much of the time programs wait for memory, disk or a CPU",
        what: "/proc/pressure/cpu, memory, io and irq: some avg10.",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "Linux: Documentation/accounting/psi.rst; nobody else checks it",
        nix: None,
        fix: None,
        look: pressure,
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

fn dirty(view: &View) -> Looked {
    let read = |name: &str| view.number(&format!("/proc/sys/vm/{name}"));
    let bytes = read("dirty_bytes").or_unknown("the kernel does not tell its limits")?;
    let ratio = read("dirty_ratio").or_unknown("the kernel does not tell its limits")?;
    let early = (read("dirty_background_bytes").there(), read("dirty_background_ratio").there());
    let early = match early {
        (Some(bytes), _) if bytes > 0 => format!("writing begins at {} MiB", bytes >> 20),
        (_, Some(ratio)) => format!("writing begins at {ratio} %"),
        _ => "when writing begins cannot be read".into(),
    };
    let card =
        view.list("/sys/block").there().unwrap_or_default().iter().any(|name| name.starts_with("mmcblk"));
    Ok(if bytes > 0 {
        let value = format!("{} MiB", bytes >> 20);
        if card && bytes > 64 << 20 {
            Look::warn(value, "much for an SD card").with([early])
        } else {
            Look::ok(value).with([early])
        }
    } else if card {
        Look::warn(format!("{ratio} %"), "of all memory, onto an SD card").with([early])
    } else if ratio > 10 {
        Look::warn(format!("{ratio} %"), "of all memory may wait").with([early])
    } else {
        Look::ok(format!("{ratio} %")).with([early])
    })
}

/// What answers late.
const FAR: [&str; 9] = ["fuse", "fuseblk", "nfs", "nfs4", "cifs", "smb3", "9p", "reiserfs", "virtiofs"];

fn filesystems(view: &View) -> Looked {
    let text = match view.text("/proc/self/mounts") {
        Seen::There(text) => text,
        _ => view.text("/proc/mounts").or_unknown("/proc/self/mounts is missing")?,
    };
    let local = ["ext4", "ext3", "ext2", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs"];
    let (mut near, mut far, mut timed) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let [_, place, kind, options, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let base = kind.split('.').next().unwrap_or(kind);
        // Portals and caches of desktops are no place for projects.
        if place.starts_with("/run") || place.starts_with("/boot") || kind.starts_with("fuse.portal") {
            continue;
        }
        if FAR.contains(&base) {
            far.push(format!("{place} ({kind})"));
        } else if local.contains(&base) {
            near.push(format!("{place} ({kind})"));
            if options.split(',').any(|o| o == "strictatime") {
                timed.push(format!("{place}: each read writes the time"));
            }
        }
    }
    let value = format!("{} local, {} others", near.len(), far.len());
    Ok(if !far.is_empty() {
        Look::warn(value, "keep projects off the others").with(far).with(timed)
    } else if !timed.is_empty() {
        Look::warn(value, "mount with relatime or noatime").with(timed)
    } else if near.is_empty() {
        Look::unknown("no local file system is known here").valued(value)
    } else {
        Look::ok(value).with(near)
    })
}

fn inotify(view: &View) -> Looked {
    let value = view.number("/proc/sys/fs/inotify/max_user_watches").or_none("the kernel has no inotify")?;
    Ok(if value >= 524_288 {
        Look::ok(value)
    } else {
        Look::warn(value, "large folders of samples have more files")
    })
}

fn pressure(view: &View) -> Looked {
    let none = "the kernel was built without it, or psi=1 is missing on the command line";
    view.list("/proc/pressure").or_none(none)?;
    let mut values = Vec::new();
    let mut memory = 0.0;
    for kind in ["cpu", "memory", "io", "irq"] {
        let Some(text) = view.text(&format!("/proc/pressure/{kind}")).there() else { continue };
        let some = text.lines().find(|l| l.starts_with("some")).or_else(|| text.lines().next()).unwrap_or("");
        let Some(value) = some.split_whitespace().find_map(|w| w.strip_prefix("avg10=")?.parse::<f64>().ok())
        else {
            continue;
        };
        if kind == "memory" {
            memory = value;
        }
        values.push(format!("{kind} {value} %"));
    }
    if values.is_empty() {
        return Err(Look::unknown("/proc/pressure cannot be read"));
    }
    let value = values.join(", ");
    Ok(if memory >= 1.0 { Look::warn(value, "programs wait for memory") } else { Look::ok(value) })
}
