//! What else runs on the machine, and what the machine itself is.

use crate::change::CpuSet;
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "hypervisor",
        title: "Virtual machine",
        severity: Severity::Recommended,
        good: "real hardware",
        why: "the host can stop a virtual CPU at any time, and no setting in the guest prevents that",
        what: "The flag hypervisor in /proc/cpuinfo, the maker's name in the firmware's tables, /sys/hypervisor, and steal in \
            /proc/stat: the share of time that the host gave to others since boot.",
        risk: "Measured latencies are those of the host.",
        undo: "Nothing to undo.",
        source: "proc(5); systemd-detect-virt(1); nobody else checks it",
        nix: None,
        fix: None,
        look: hypervisor,
    },
    Check {
        id: "wifi-power-save",
        title: "Power saving of Wi-Fi",
        severity: Severity::Optional,
        good: "off",
        why: "waking the chip delays network audio, and on some machines every interrupt",
        what: "iw dev NAME get power_save for each wireless interface.",
        risk: "A little power.",
        undo: "rt-tune revert wifi-power-save",
        source: "iw(8); realtimeconfigquickscan looks for wireless drivers",
        nix: Some("networking.networkmanager.wifi.powersave = false"),
        fix: Some("wifi-power-save"),
        look: wifi,
    },
    Check {
        id: "background",
        title: "Programs that work when they like",
        severity: Severity::Optional,
        good: "none of the known ones runs",
        why: "indexers and updates read the disk and fill the caches in the middle of a take",
        what: "Processes of indexers (baloo, tracker, updatedb), of updates (packagekitd, unattended-upgr, apt, dnf, fwupd) and \
            of scanners.",
        risk: "Files are found later, updates come later.",
        undo: "Start them again.",
        source: "realtimeconfigquickscan; linuxaudio.org",
        nix: Some("services.gnome.localsearch.enable = false and the like"),
        fix: None,
        look: background,
    },
    Check {
        id: "watchdogs",
        title: "Programs that step in",
        severity: Severity::Information,
        good: "known",
        why: "das_watchdog saves a machine that a real-time program blocks; systemd-oomd and earlyoom kill when memory runs out",
        what: "Processes das_watchdog, earlyoom, systemd-oomd and nohang.",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "das_watchdog's and systemd-oomd's documentation",
        nix: Some("musnix.das_watchdog.enable, systemd.oomd.enable"),
        fix: None,
        look: watchdogs,
    },
    Check {
        id: "cpusets",
        title: "Partition for audio",
        severity: Severity::Information,
        good: "known",
        why: "a partition of cpusets keeps other programs off some CPUs, and unlike isolcpus it can be taken back",
        what: "cpuset.cpus.isolated and cpuset.cpus.partition of the first control groups in /sys/fs/cgroup.",
        risk: "Its CPUs stand idle when no audio runs.",
        undo: "rt-tune revert cpuset",
        source: "Linux: Documentation/admin-guide/cgroup-v2.rst; nobody else checks it",
        nix: Some("archibald.realtime.audioCores"),
        fix: Some("cpuset"),
        look: cpusets,
    },
];

fn hypervisor(view: &View) -> Looked {
    let below = view.hypervisor().or_unknown("nothing tells whether this is a virtual machine")?;
    let Some(below) = below else { return Ok(Look::ok("real hardware")) };
    let steal = view.text("/proc/stat").there().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("cpu "))?.to_owned();
        let fields: Vec<u64> = line.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
        // user nice system idle iowait irq softirq steal; the guests' times are in user and nice already.
        let all: u64 = fields.iter().take(8).sum();
        let stolen = *fields.get(7)?;
        (all > 0).then(|| {
            format!("{:.1} % of the time went to others since boot", stolen as f64 * 100.0 / all as f64)
        })
    });
    Ok(Look::warn(below, "measured latencies are bounded by the host").with(steal))
}

fn wifi(view: &View) -> Looked {
    let names = view.list("/sys/class/net").or_none("the machine has no network")?;
    let (mut saving, mut off, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        let folder = format!("/sys/class/net/{name}");
        let wireless =
            ["phy80211", "wireless"].iter().any(|w| view.resolve(&format!("{folder}/{w}")).is_some());
        if !wireless {
            continue;
        }
        if !view.running {
            unseen.push(format!("{name}: only the running machine tells"));
            continue;
        }
        match view.machine().wifi_power_save(&name) {
            Ok(true) => saving.push(name),
            Ok(false) => off.push(name),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                unseen.push(format!("{name}: the program iw is not installed"));
            }
            Err(error) => unseen.push(format!("{name}: {error}")),
        }
    }
    Ok(if !saving.is_empty() {
        Look::warn("on", "the chip sleeps between two packets").with(saving)
    } else if !unseen.is_empty() {
        Look::unknown("whether it saves power cannot be read").with(unseen)
    } else if off.is_empty() {
        Look::none("the machine has no wireless interface")
    } else {
        Look::ok("off").with(off)
    })
}

/// Names as the kernel cuts them, 15 bytes.
const BACKGROUND: &[&str] = &[
    "baloo_file",
    "baloo_file_extr",
    "tracker-miner-f",
    "tracker-extract",
    "localsearch-3",
    "updatedb",
    "updatedb.mlocat",
    "packagekitd",
    "unattended-upgr",
    "apt-get",
    "dnf",
    "fwupd",
    "clamd",
    "rsync",
    "borg",
    "restic",
];

fn background(view: &View) -> Looked {
    view.runs(BACKGROUND).or_unknown("processes cannot be seen")?;
    let mut found: Vec<String> = view.named(BACKGROUND).iter().map(|p| p.stat.name.clone()).collect();
    found.sort();
    found.dedup();
    Ok(if found.is_empty() {
        Look::ok("none of the known ones")
    } else {
        Look::warn(found.join(", "), "stop them before a take")
    })
}

fn watchdogs(view: &View) -> Looked {
    let known = ["das_watchdog", "earlyoom", "systemd-oomd", "nohang"];
    view.runs(&known).or_unknown("processes cannot be seen")?;
    let found: Vec<&str> = view.named(&known).iter().map(|p| p.stat.name.as_str()).collect();
    Ok(Look::ok(if found.is_empty() { "none".to_owned() } else { found.join(", ") }))
}

fn cpusets(view: &View) -> Looked {
    let mount = "/sys/fs/cgroup";
    let names = view.list(mount).or_none("the kernel has no control groups")?;
    if let Seen::Absent = view.text(&format!("{mount}/cgroup.controllers")) {
        return Err(Look::none("control groups of version 1 have no partitions"));
    }
    let isolated = view.cpus(&format!("{mount}/cpuset.cpus.isolated")).or_default(CpuSet::default())?;
    let mut partitions = Vec::new();
    for name in names {
        let kind = view.text(&format!("{mount}/{name}/cpuset.cpus.partition")).there();
        if let Some(kind) = kind.filter(|kind| kind != "member") {
            let cpus = view.text(&format!("{mount}/{name}/cpuset.cpus")).there().unwrap_or_default();
            partitions.push(format!("{name}: {kind}, CPUs {cpus}"));
        }
    }
    let value = if partitions.is_empty() && isolated.is_empty() {
        "none".to_owned()
    } else {
        format!(
            "{} partitions, isolated CPUs {}",
            partitions.len(),
            if isolated.is_empty() { "none".into() } else { isolated.to_string() }
        )
    };
    let broken = partitions.iter().any(|partition| partition.contains("invalid"));
    Ok(if broken {
        Look::warn(value, "the kernel could not make one of them").with(partitions)
    } else {
        Look::ok(value).with(partitions)
    })
}
