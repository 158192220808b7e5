//! What the user and the running programs are allowed.

use crate::check::look::{Look, Looked, Seen};
use crate::check::rights::{Limit, Rights, UNLIMITED};
use crate::check::{Check, Severity, View, system};
use nix::sys::resource::{Resource, getrlimit};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "user",
        title: "Who is judged",
        severity: Severity::Information,
        good: "the user who makes music, not root",
        why: "root may do everything, so what works for root says nothing about the session that plays",
        what: "The caller, the user behind sudo, or --user NAME.",
        risk: "Nothing to do.",
        undo: "Nothing to undo.",
        source: "rtcqs",
        nix: None,
        fix: None,
        look: user,
    },
    Check {
        id: "limit-rtprio",
        title: "Right to real-time priorities",
        severity: Severity::Required,
        good: "95 or more",
        why: "without it the audio threads run as ordinary ones and wait for every other program",
        what: "The hard limit of this session, or what /etc/security/limits.conf and limits.d (or the file that PAM names) \
            give the user and the user's groups. Services of systemd do not read those files: see program-limits.",
        risk: "A program of the user that loops with real-time priority blocks a CPU until the throttling steps in.",
        undo: "Take the line away, or the user out of the group, and log in again.",
        source: "pam_limits(8), limits.conf(5); rtcqs, realtimeconfigquickscan, Millisecond, musnix",
        nix: Some(
            "security.pam.loginLimits; archibald.realtime.enable or musnix.enable and extraGroups = [ \"audio\" ]",
        ),
        fix: None,
        look: rtprio,
    },
    Check {
        id: "limit-memlock",
        title: "Right to lock memory",
        severity: Severity::Required,
        good: "unlimited, or 512 MiB",
        why: "memory that is not locked may have to be fetched from the disk in the middle of a period",
        what: "As limit-rtprio, for memlock.",
        risk: "A program of the user may take all memory.",
        undo: "As limit-rtprio.",
        source: "limits.conf(5); rtcqs, musnix",
        nix: Some("security.pam.loginLimits"),
        fix: None,
        look: memlock,
    },
    Check {
        id: "limit-nice",
        title: "Right to negative nice values",
        severity: Severity::Optional,
        good: "-19 or lower",
        why: "PipeWire gives its ordinary threads nice -11, so that they are not late to feed the others",
        what: "As limit-rtprio, for nice. The kernel counts 20 minus the nice value.",
        risk: "A program of the user may slow the others.",
        undo: "As limit-rtprio.",
        source: "setrlimit(2); PipeWire's module-rt; realtimeconfigquickscan",
        nix: Some("security.pam.loginLimits"),
        fix: None,
        look: nice,
    },
    Check {
        id: "limit-nofile",
        title: "Open files",
        severity: Severity::Optional,
        good: "8192 or more (musnix gives 99999)",
        why: "a large session opens a file for each sample and a descriptor for each client",
        what: "As limit-rtprio, for nofile.",
        risk: "None worth naming.",
        undo: "As limit-rtprio.",
        source: "limits.conf(5); musnix",
        nix: Some("security.pam.loginLimits"),
        fix: None,
        look: nofile,
    },
    Check {
        id: "groups",
        title: "Groups",
        severity: Severity::Recommended,
        good: "in audio, realtime or pipewire, where such a group has the rights",
        why: "most distributions give real-time rights to a group, and devices to the group audio",
        what: "/etc/passwd and /etc/group, also entries that are there twice, of which only one counts.",
        risk: "Members of audio can record and play at any time, also from another seat.",
        undo: "gpasswd -d USER GROUP, and log in again.",
        source: "realtimeconfigquickscan, musnix",
        nix: Some("users.users.NAME.extraGroups = [ \"audio\" ]"),
        fix: None,
        look: groups,
    },
    Check {
        id: "try-realtime",
        title: "A real-time thread, tried",
        severity: Severity::Required,
        good: "a thread of this session gets SCHED_FIFO 80",
        why: "only a trial shows what limits, control groups, containers and filters allow together",
        what: "sched_setscheduler in a thread that ends at once. When it is refused: the limit, the control group \
            (rt-group-sched), a user namespace or a system-call filter can be the cause, and the one that is seen is named.",
        risk: "None.",
        undo: "Nothing to undo.",
        source: "sched(7); rtcqs, realtimeconfigquickscan",
        nix: None,
        fix: None,
        look: try_realtime,
    },
    Check {
        id: "try-memlock",
        title: "Locked memory, tried",
        severity: Severity::Required,
        good: "mlockall works",
        why: "JACK and many plugins lock all their memory when they start",
        what: "mlockall(MCL_CURRENT | MCL_FUTURE) of this small program, undone at once. A larger one needs more.",
        risk: "None.",
        undo: "Nothing to undo.",
        source: "mlock(2); realtimeconfigquickscan",
        nix: None,
        fix: None,
        look: try_memlock,
    },
    Check {
        id: "program-limits",
        title: "Limits of the running audio programs",
        severity: Severity::Required,
        good: "real-time priority 70 or more, 64 MiB of locked memory or more, for each of them",
        why: "a service of the user is started by systemd and not by the login, so the session's limits do not count for it",
        what: "/proc/PID/limits of PipeWire, WirePlumber, JACK and the programs in the graph.",
        risk: "None: the user had the right already.",
        undo: "Take the override away and restart the service.",
        source: "systemd.exec(5); nobody else checks it",
        nix: Some("systemd.user.services.pipewire.serviceConfig.LimitRTPRIO = 95"),
        fix: None,
        look: program_limits,
    },
];

fn user(view: &View) -> Looked {
    let user = view.user.as_ref().ok_or_else(|| Look::unknown("no user was found; name one with --user"))?;
    Ok(if user.uid == 0 {
        Look::warn(&user.name, "ask with --user NAME for the one who plays")
    } else {
        Look::ok(&user.name)
    })
}

/// One limit of the judged user and where it was found. Root without limits of its own is not bound by them.
fn limit(view: &View, limit: Limit, resource: Resource) -> Result<(u64, String), Look> {
    let user = view.user.as_ref().ok_or_else(|| Look::unknown("no user was found; name one with --user"))?;
    if view.running && user.is_caller {
        let (_, hard) = getrlimit(resource).map_err(|e| Look::unknown(format!("getrlimit: {e}")))?;
        return Ok((hard, "this session".into()));
    }
    Rights::of(view, user).get(limit)
}

fn root_note(view: &View) -> Option<&'static str> {
    let root = view.user.as_ref().is_some_and(|user| user.uid == 0);
    root.then_some("root needs no such limit; ask with --user NAME for the one who plays")
}

fn rtprio(view: &View) -> Looked {
    let (value, by) = limit(view, Limit::RtPrio, Resource::RLIMIT_RTPRIO)?;
    Ok(match (value, root_note(view)) {
        (95.., _) => Look::ok_because(value.min(99), format!("by {by}")),
        (_, Some(note)) => Look::ok_because(value, note),
        (88..95, _) => Look::ok_because(value, format!("by {by}; enough for PipeWire and JACK")),
        (1..88, _) => Look::warn(value, format!("by {by}; PipeWire asks for 88")),
        (0, _) => Look::bad(value, format!("by {by}: no real-time priority at all")),
    })
}

fn memlock(view: &View) -> Looked {
    let (bytes, by) = limit(view, Limit::MemLock, Resource::RLIMIT_MEMLOCK)?;
    let mib = bytes >> 20;
    let value = if bytes >= UNLIMITED { "unlimited".to_owned() } else { format!("{mib} MiB") };
    Ok(match (bytes, root_note(view)) {
        (UNLIMITED.., _) => Look::ok_because(value, format!("by {by}")),
        (_, Some(note)) => Look::ok_because(value, note),
        _ if mib >= 512 => Look::ok_because(value, format!("by {by}")),
        _ if mib >= 64 => Look::warn(value, format!("by {by}; samplers need more")),
        _ => Look::bad(value, format!("by {by}; JACK alone wants more")),
    })
}

fn nice(view: &View) -> Looked {
    let (raw, by) = limit(view, Limit::Nice, Resource::RLIMIT_NICE)?;
    let lowest = 20 - i64::try_from(raw.min(40)).unwrap_or(40);
    Ok(match root_note(view) {
        _ if lowest <= -19 => Look::ok_because(lowest, format!("by {by}")),
        Some(note) => Look::ok_because(lowest, note),
        None => Look::warn(lowest, format!("by {by}; PipeWire asks for -11")),
    })
}

fn nofile(view: &View) -> Looked {
    let (value, by) = limit(view, Limit::NoFile, Resource::RLIMIT_NOFILE)?;
    Ok(if value >= 8_192 {
        Look::ok_because(value, format!("by {by}"))
    } else {
        Look::warn(value, format!("by {by}"))
    })
}

fn groups(view: &View) -> Looked {
    let user = view.user.as_ref().ok_or_else(|| Look::unknown("no user was found; name one with --user"))?;
    let useful: Vec<&str> =
        ["audio", "realtime", "pipewire", "jackuser"].into_iter().filter(|g| user.in_group(g)).collect();
    let doubled: Vec<String> =
        user.doubled.iter().map(|g| format!("{g} is there twice in /etc/group")).collect();
    if !doubled.is_empty() {
        return Ok(Look::warn(useful.join(", "), "an entry of /etc/group is hidden by another").with(doubled));
    }
    Ok(match (useful.is_empty(), user.uid) {
        (false, _) => Look::ok(useful.join(", ")),
        (true, 0) => Look::ok_because("root", "root may open every device"),
        (true, _) => {
            Look::warn("none of them", format!("{} has no group that audio rights are given to", user.name))
        }
    })
}

fn try_realtime(view: &View) -> Looked {
    let caller = view.user.as_ref().is_some_and(|user| user.is_caller);
    if !view.running || !caller {
        return Err(Look::unknown("only the user's own session can try: run rt-tune check there"));
    }
    match system::try_real_time(80) {
        Ok(()) => Ok(match root_note(view) {
            Some(_) => Look::ok_because("SCHED_FIFO 80", "as root, which says nothing about other users"),
            None => Look::ok("SCHED_FIFO 80"),
        }),
        Err(error) => {
            let limit = getrlimit(Resource::RLIMIT_RTPRIO).map_or(0, |(soft, _)| soft);
            let cause = if error.raw_os_error() != Some(libc::EPERM) {
                String::new()
            } else if limit < 80 && !nix::unistd::geteuid().is_root() {
                format!(": the limit is {limit} (limit-rtprio)")
            } else if in_user_namespace(view) {
                ": this runs in a container with users of its own".into()
            } else if view.text("/proc/self/status").there().is_some_and(|s| s.contains("Seccomp:\t2")) {
                ": a filter of system calls is in force here".into()
            } else {
                ": the limit would allow it, so the control group is the likely cause (rt-group-sched)".into()
            };
            Ok(Look::bad("refused", format!("{error}{cause}")))
        }
    }
}

fn in_user_namespace(view: &View) -> bool {
    let map = view.text("/proc/self/uid_map").there().unwrap_or_default();
    !map.is_empty() && map.split_whitespace().collect::<Vec<_>>() != ["0", "0", "4294967295"]
}

fn try_memlock(view: &View) -> Looked {
    let caller = view.user.as_ref().is_some_and(|user| user.is_caller);
    if !view.running || !caller {
        return Err(Look::unknown("only the user's own session can try: run rt-tune check there"));
    }
    Ok(match system::try_lock_memory() {
        Ok(()) => Look::ok("works"),
        Err(error) => Look::bad("refused", format!("{error} (limit-memlock)")),
    })
}

fn program_limits(view: &View) -> Looked {
    let programs = view.running_programs("no audio program runs")?;
    let mut low = Vec::new();
    let mut fine = Vec::new();
    let mut unseen = Vec::new();
    let extra = view.named(&["wireplumber"]).into_iter().map(|p| (p.pid, p.stat.name.clone()));
    for (pid, name) in programs.iter().map(|p| (p.pid, p.name.clone())).chain(extra) {
        let text = match view.text(&format!("/proc/{pid}/limits")) {
            Seen::There(text) => text,
            // It ended meanwhile.
            Seen::Absent => continue,
            Seen::Hidden(why) => {
                unseen.push(why);
                continue;
            }
        };
        let hard = |title: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(title))?;
            match line.split_whitespace().nth(1)? {
                "unlimited" => Some(u64::MAX),
                number => number.parse().ok(),
            }
        };
        let (Some(priority), Some(memory)) = (hard("Max realtime priority"), hard("Max locked memory"))
        else {
            unseen.push(format!("/proc/{pid}/limits has no line for them"));
            continue;
        };
        // root may exceed its limits, and WirePlumber's own threads are ordinary ones.
        let root = view.text(&format!("/proc/{pid}/status")).there().is_some_and(|status| {
            let line = status.lines().find(|line| line.starts_with("Uid:"));
            line.is_some_and(|line| line.split_whitespace().nth(2) == Some("0"))
        });
        let memory_text =
            if memory == u64::MAX { "unlimited".to_owned() } else { format!("{} MiB", memory >> 20) };
        let said = format!("{name} ({pid}): priority up to {priority}, locked memory {memory_text}");
        let enough = root || (priority >= 70 && memory >= 64 << 20);
        if enough { &mut fine } else { &mut low }.push(said);
    }
    Ok(if !low.is_empty() {
        let rtkit = view.runs(&["rtkit-daemon"]).there() == Some(true);
        let why =
            "services do not read limits.conf: set LimitRTPRIO and LimitMEMLOCK in user@.service or the unit";
        if rtkit {
            Look::warn(
                format!("{} too low", low.len()),
                format!("{why}; rtkit gives a priority of at most 20"),
            )
            .with(low)
        } else {
            Look::bad(format!("{} too low", low.len()), why).with(low)
        }
    } else if !unseen.is_empty() {
        Look::unknown("some limits could not be read").with(unseen)
    } else {
        Look::ok(format!("{} programs", fine.len())).with(fine)
    })
}
