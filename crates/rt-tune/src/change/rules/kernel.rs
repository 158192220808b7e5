//! What the kernel does on every CPU from time to time, and its guard rails.

use super::{Proposal, Wishes, number, single, text};
use crate::change::machine::Machine;

pub(super) fn stat_interval(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let path = "/proc/sys/vm/stat_interval";
    match number(machine, path) {
        Some(seconds) if seconds >= 10 => Proposal::default(),
        _ => single(machine, path, "10", "such interval"),
    }
}

pub(super) fn timer_migration(machine: &dyn Machine, _: &Wishes) -> Proposal {
    single(machine, "/proc/sys/kernel/timer_migration", "0", "migration of timers")
}

pub(super) fn nmi_watchdog(machine: &dyn Machine, _: &Wishes) -> Proposal {
    single(machine, "/proc/sys/kernel/nmi_watchdog", "0", "such watchdog")
}

pub(super) fn rt_throttling(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let mut proposal =
        single(machine, "/proc/sys/kernel/sched_rt_runtime_us", "-1", "throttling of real-time threads");
    let since = "from Linux 6.12 on, without RT_GROUP_SCHED, this only limits SCHED_DEADLINE: the fair server \
        of the kernel keeps 5 % for ordinary threads";
    proposal.notes.push(since.to_owned());
    proposal
}

pub(super) fn mitigations(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let line = text(machine, "/proc/cmdline").unwrap_or_default();
    if line.split_whitespace().any(|word| word == "mitigations=off") {
        return Proposal::default();
    }
    Proposal::unknown(
        "this is decided at boot, and no file of the boot loader is written here; rt-tune never recommends it",
    )
}
