//! What the user is allowed: limits and groups.

use nix::sys::resource::{Resource, getrlimit};

use crate::check::look::{Look, Looked};
use crate::check::rights::{Limit, Rights, UNLIMITED};
use crate::check::{Check, Severity, View};

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

pub(super) fn root_note(view: &View) -> Option<&'static str> {
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
