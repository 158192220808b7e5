//! What is allowed in fact: tried in this session, and seen at the programs that run.

use nix::sys::resource::{Resource, getrlimit};

use super::limits::root_note;
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View, system};

pub(super) const CHECKS: &[Check] = &[
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
