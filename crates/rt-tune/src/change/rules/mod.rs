//! The fixes: for each a name, a reason and a price (`table`), and what it wants written on this machine (by what it is
//! about).

mod cpus;
mod interrupts;
mod kernel;
mod memory;
mod peripherals;
mod power;
pub(super) mod programs;
mod table;

use super::cpus::CpuSet;
use super::machine::Machine;
use super::place::{Form, Place};
pub use table::{FIXES, Fix, find};

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
}
