//! The fixes: for each a name, a reason, a price, and what it wants written on this machine.

mod cpus;
mod interrupts;
mod kernel;
mod memory;
mod peripherals;
mod power;
pub(super) mod programs;

use super::cpus::CpuSet;
use super::machine::Machine;
use super::place::{Form, Place};

/// What the caller wants of the fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// CPUs for audio; `None` takes those that the kernel isolates.
    pub audio_cpus: Option<CpuSet>,
    /// Interrupts that are to be treated as a sound card's although nothing shows it.
    pub irqs: Vec<u32>,
    /// SCHED_FIFO priority of the first sound interrupt, 2–98; each further one gets one less.
    pub irq_priority: u8,
    /// SCHED_FIFO priority of a server that has less than 70; clients get five less.
    pub server_priority: u8,
    /// Longest time in µs that a CPU may take to leave a sleep state.
    pub latency_us: u32,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            audio_cpus: None,
            irqs: Vec::new(),
            irq_priority: 90,
            server_priority: 80,
            // A twentieth of a period of 64 frames at 48 kHz.
            latency_us: 66,
        }
    }
}

/// A value that a fix wants at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Where.
    pub place: Place,
    /// What.
    pub value: Option<String>,
    /// Why there; may be empty.
    pub why: String,
    /// Whether the system may refuse without anything being wrong.
    pub may_be_refused: bool,
}

/// All that a fix wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// Values, in the order of writing.
    pub wanted: Vec<Wanted>,
    /// What should be known.
    pub notes: Vec<String>,
    /// The machine has no such thing, and why.
    pub not_applicable: Option<String>,
    /// It cannot be told or changed while the machine runs, and why.
    pub unknown: Option<String>,
}

impl Proposal {
    fn none(why: impl Into<String>) -> Self {
        Self { not_applicable: Some(why.into()), ..Self::default() }
    }

    fn unknown(why: impl Into<String>) -> Self {
        Self { unknown: Some(why.into()), ..Self::default() }
    }

    fn want(&mut self, place: Place, value: impl Into<String>) {
        self.want_because(place, value, "");
    }

    fn want_because(&mut self, place: Place, value: impl Into<String>, why: impl Into<String>) {
        let wanted = Wanted { place, value: Some(value.into()), why: why.into(), may_be_refused: false };
        self.wanted.push(wanted);
    }
}

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

fn file(path: impl Into<String>, form: Form) -> Place {
    Place::File { path: path.into(), form }
}

/// A trimmed text, `None` when the file cannot be read.
fn text(machine: &dyn Machine, path: &str) -> Option<String> {
    machine.read(path).ok().map(|text| text.trim().to_owned())
}

/// A number in a file.
fn number(machine: &dyn Machine, path: &str) -> Option<i64> {
    text(machine, path)?.parse().ok()
}

/// A file that is to hold one value, where it exists at all.
fn single(machine: &dyn Machine, path: &str, value: &str, what: &str) -> Proposal {
    let mut proposal = Proposal::default();
    match machine.read(path) {
        Ok(_) => proposal.want(Place::text(path), value),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Proposal::none(format!("this machine has no {what}"));
        }
        Err(error) => return Proposal::unknown(format!("{path} cannot be read: {error}")),
    }
    proposal
}

/// CPUs that the command line or an isolated partition of control groups sets aside; empty when there are none.
pub(crate) fn isolated(machine: &dyn Machine) -> CpuSet {
    let list = |path: &str| text(machine, path).and_then(|text| CpuSet::from_list(&text)).unwrap_or_default();
    list("/sys/devices/system/cpu/isolated").or(&list("/sys/fs/cgroup/cpuset.cpus.isolated"))
}

/// The CPUs that the caller or the kernel set aside for audio, and those that are left; or why there are none.
fn split_cpus(machine: &dyn Machine, wishes: &Wishes) -> Result<(CpuSet, CpuSet, Vec<String>), String> {
    let list = |path: &str| text(machine, path).and_then(|text| CpuSet::from_list(&text));
    let online = list("/sys/devices/system/cpu/online").ok_or("the CPUs of this machine cannot be read")?;
    let isolated = || Some(isolated(machine)).filter(|set| !set.is_empty());
    let asked = wishes
        .audio_cpus
        .clone()
        .or_else(isolated)
        .ok_or("no CPUs are set aside for audio: name them with --audio-cpus, or isolate some")?;
    let audio = asked.and(&online);
    let mut notes = Vec::new();
    let missing = asked.without(&online);
    if !missing.is_empty() {
        notes.push(format!("CPUs {missing} are not there or switched off; online are {online}"));
    }
    if audio.is_empty() {
        return Err(format!("none of the CPUs {asked} is online; online are {online}"));
    }
    let rest = online.without(&audio);
    if rest.is_empty() {
        return Err(format!("the CPUs {audio} are all there are: leave at least one for everything else"));
    }
    Ok((audio, rest, notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_of_control_groups_set_cpus_aside_as_the_command_line_does() {
        let machine = super::super::simulated::Simulated::default()
            .file("/sys/devices/system/cpu/online", "0-3\n")
            .file("/sys/devices/system/cpu/isolated", "\n")
            .file("/sys/fs/cgroup/cpuset.cpus.isolated", "2-3\n");
        let (audio, rest, _) = split_cpus(&machine, &Wishes::default()).unwrap();
        assert_eq!((audio.to_string(), rest.to_string()), ("2-3".to_owned(), "0-1".to_owned()));
    }

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
