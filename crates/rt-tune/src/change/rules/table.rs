//! The table of the fixes. It stays whole: its order is that in which they are done.

use super::{Proposal, Wishes, cpus, interrupts, kernel, memory, peripherals, power, programs};
use crate::change::machine::Machine;

/// A fix.
#[derive(Debug, Clone, Copy)]
pub struct Fix {
    /// Its name on the command line.
    pub id: &'static str,
    /// Why it matters for audio.
    pub why: &'static str,
    /// What it costs.
    pub cost: &'static str,
    /// Why it is only done when it is named; `None` when it is safe.
    pub only_when_named: Option<&'static str>,
    /// What it wants on this machine. Reads only.
    pub propose: fn(&dyn Machine, &Wishes) -> Proposal,
}

const fn fix(
    id: &'static str,
    propose: fn(&dyn Machine, &Wishes) -> Proposal,
    why: &'static str,
    cost: &'static str,
) -> Fix {
    Fix { id, why, cost, only_when_named: None, propose }
}

const fn named(base: Fix, why: &'static str) -> Fix {
    Fix { only_when_named: Some(why), ..base }
}

/// Every fix, in the order in which they are done: what would forbid another one comes first.
pub const FIXES: &[Fix] = &[
    fix(
        "dynamic-epp",
        power::dynamic_epp,
        "while the driver chooses the preference itself, none can be set",
        "more power",
    ),
    fix(
        "epp",
        power::epp,
        "the processor prefers speed to saving and raises its clock at once",
        "more power",
    ),
    fix(
        "governor",
        power::governor,
        "a clock that first has to rise makes the first periods of a burst late",
        "more power, more heat",
    ),
    fix(
        "energy-bias",
        power::energy_bias,
        "the processor does not lower its clock between two periods",
        "more power",
    ),
    fix(
        "platform-profile",
        power::platform_profile,
        "the firmware does not throttle the processor to keep it quiet",
        "more power, fans",
    ),
    fix(
        "c-states",
        power::c_states,
        "a CPU in deep sleep needs longer to wake than a short period leaves",
        "more power and heat while the descriptor is held",
    ),
    fix(
        "pcie-aspm",
        power::pcie_aspm,
        "a link in a saving state delays the first transfer of a sound card or USB controller",
        "more power",
    ),
    fix(
        "hda-power-save",
        power::hda_power_save,
        "a codec that was put to sleep clicks and starts late",
        "a little power",
    ),
    fix(
        "irq-priority",
        interrupts::priority,
        "the sound card's interrupt is served before everything else, and before those of disks and network",
        "a faulty driver of that device could block a CPU",
    ),
    fix(
        "irq-affinity",
        interrupts::affinity,
        "interrupts of other devices do not run on the CPUs that compute audio",
        "other devices share the remaining CPUs",
    ),
    fix(
        "thread-priority",
        programs::priority,
        "the threads that compute audio come before all ordinary ones, the server before its clients",
        "an audio program that loops forever blocks a CPU",
    ),
    fix(
        "thread-affinity",
        programs::affinity,
        "audio threads stay where their caches are warm and nothing else runs",
        "they cannot use the other CPUs",
    ),
    named(
        fix(
            "cpuset",
            cpus::cpuset,
            "no other program runs on the CPUs that compute audio",
            "they stand idle when no audio runs",
        ),
        "it takes the audio programs out of the control groups of their services",
    ),
    fix(
        "workqueue",
        cpus::workqueue,
        "deferred work of the kernel does not run on the CPUs that compute audio",
        "the remaining CPUs do it",
    ),
    fix(
        "usb-autosuspend",
        peripherals::usb_autosuspend,
        "an audio interface that was suspended starts late or clicks",
        "a little power",
    ),
    fix(
        "wifi-power-save",
        peripherals::wifi_power_save,
        "the wireless chip's waking and sleeping makes interrupts and network audio late",
        "a little power",
    ),
    fix(
        "swappiness",
        memory::swappiness,
        "memory of audio programs is not written to the disk while there is any other to free",
        "less memory for the file cache",
    ),
    fix(
        "thp",
        memory::transparent_huge_pages,
        "the kernel does not stop a thread to gather a huge page for it",
        "programs that gain from huge pages must ask for them",
    ),
    fix(
        "ksm",
        memory::ksm,
        "merging equal pages costs time and turns later writes into page faults",
        "more memory in use on hosts of virtual machines",
    ),
    fix(
        "compaction",
        memory::compaction,
        "memory is not moved about in the background",
        "huge pages are found later",
    ),
    fix(
        "numa-balancing",
        memory::numa_balancing,
        "threads do not take page faults that only serve statistics",
        "memory may stay on a far node",
    ),
    fix(
        "stat-interval",
        kernel::stat_interval,
        "the kernel's statistics of memory wake the CPUs less often",
        "statistics are up to 10 s old",
    ),
    fix(
        "timer-migration",
        kernel::timer_migration,
        "timers of other CPUs do not move to the CPUs that compute audio",
        "idle CPUs sleep a little less",
    ),
    named(
        fix("nmi-watchdog", kernel::nmi_watchdog, "the watchdog's interrupt no longer comes", "see above"),
        "a CPU that hangs in the kernel is no longer noticed",
    ),
    named(
        fix("smt", cpus::smt, "two audio threads never share one core", "half of the threads"),
        "it takes away half of the CPUs, and helps only where a measurement shows it",
    ),
    named(
        fix(
            "rt-throttling",
            kernel::rt_throttling,
            "the kernel never takes a CPU away from real-time threads",
            "see above",
        ),
        "without it a real-time program that loops forever freezes the machine",
    ),
    named(
        fix("mitigations", kernel::mitigations, "system calls are a little cheaper", "see above"),
        "it opens the machine to known attacks",
    ),
];

/// The fix with this name.
pub fn find(id: &str) -> Option<&'static Fix> {
    FIXES.iter().find(|fix| fix.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_fix_says_its_reason_and_price() {
        for (i, fix) in FIXES.iter().enumerate() {
            assert!(FIXES[..i].iter().all(|other| other.id != fix.id), "{}", fix.id);
            assert!(fix.why.len() > 20 && !fix.cost.is_empty(), "{}", fix.id);
        }
        for unsafe_one in ["mitigations", "rt-throttling", "smt"] {
            assert!(find(unsafe_one).unwrap().only_when_named.is_some());
        }
    }
}
