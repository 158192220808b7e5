//! Swap, huge pages, and what the kernel does with memory in the background.

use super::{Proposal, Wishes, file, number, single, text};
use crate::change::machine::Machine;
use crate::change::place::{Form, Place, chosen};

pub(super) fn swappiness(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let path = "/proc/sys/vm/swappiness";
    let swaps = text(machine, "/proc/swaps").unwrap_or_default();
    let devices: Vec<&str> = swaps.lines().skip(1).filter_map(|l| l.split_whitespace().next()).collect();
    if !devices.is_empty() && devices.iter().all(|device| device.contains("zram")) {
        return Proposal::none("all swap is compressed memory, for which a high value is right");
    }
    match number(machine, path) {
        Some(value) if value <= 10 => Proposal::default(),
        _ => single(machine, path, "10", "swap"),
    }
}

pub(super) fn transparent_huge_pages(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let folder = "/sys/kernel/mm/transparent_hugepage";
    let Some(enabled) = text(machine, &format!("{folder}/enabled")) else {
        return Proposal::none("the kernel has no transparent huge pages");
    };
    let mut proposal = Proposal::default();
    if chosen(&enabled) == "always" {
        proposal.want(file(format!("{folder}/enabled"), Form::Choice), "madvise");
    }
    let defrag = text(machine, &format!("{folder}/defrag"));
    if defrag.is_some_and(|text| matches!(chosen(&text), "always" | "defer")) {
        proposal.want(file(format!("{folder}/defrag"), Form::Choice), "defer+madvise");
    }
    proposal
}

pub(super) fn ksm(machine: &dyn Machine, _: &Wishes) -> Proposal {
    match number(machine, "/sys/kernel/mm/ksm/run") {
        None => Proposal::none("the kernel does not merge pages"),
        Some(1) => {
            let mut proposal = Proposal::default();
            proposal.want(Place::text("/sys/kernel/mm/ksm/run"), "0");
            proposal
        }
        Some(_) => Proposal::default(),
    }
}

pub(super) fn compaction(machine: &dyn Machine, _: &Wishes) -> Proposal {
    single(machine, "/proc/sys/vm/compaction_proactiveness", "0", "compaction in the background")
}

pub(super) fn numa_balancing(machine: &dyn Machine, _: &Wishes) -> Proposal {
    single(machine, "/proc/sys/kernel/numa_balancing", "0", "balancing between nodes")
}
