//! Disks and file systems: what waits to be written, what answers late, what is watched, and who waits.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
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
