//! Doing what a plan says: note, write, verify.

use super::machine::Machine;
use super::place::Place;
use super::plan::{Plan, Step};
use crate::journal::{Entry, Journal, JournalError};
use serde::Serialize;
use std::io;

/// How one write ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Written, and read back as wanted.
    Done,
    /// It was so already when its turn came.
    AlreadySo,
    /// The place has gone since it was planned.
    Gone,
    /// The system does not allow it, which is usual for this place.
    NotAllowed {
        /// Why.
        why: String,
    },
    /// It could not be done; the old value is there.
    Failed {
        /// Why.
        why: String,
    },
}

/// One write that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The fix.
    pub fix: &'static str,
    /// Where.
    pub place: Place,
    /// The new value, as people want to see it.
    pub value: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Does everything that a plan says.
///
/// # Errors
/// [`JournalError`]: what cannot be noted is not done. What the system refuses is an outcome.
pub fn apply(
    machine: &dyn Machine,
    journal: &mut Journal,
    plan: &Plan,
) -> Result<Vec<Applied>, JournalError> {
    let boot = machine.boot_id();
    let mut results = Vec::new();
    for fix in &plan.fixes {
        for step in &fix.steps {
            let outcome = apply_one(machine, journal, fix.fix, step, &boot)?;
            let value = step.place.show(step.after.as_deref());
            results.push(Applied { fix: fix.fix, place: step.place.clone(), value, outcome });
        }
    }
    Ok(results)
}

fn apply_one(
    machine: &dyn Machine,
    journal: &mut Journal,
    fix: &str,
    step: &Step,
    boot: &str,
) -> Result<Outcome, JournalError> {
    let Step { place, after, .. } = step;
    // Time has passed since the plan was shown: what is restored later is what is there now.
    let before = match place.read(machine) {
        Ok(before) => before,
        Err(error) => return Ok(refused(error, step)),
    };
    if place.same(before.as_deref(), after.as_deref()) {
        return Ok(Outcome::AlreadySo);
    }
    let number = journal.intend(Entry {
        number: 0,
        fix: fix.to_owned(),
        place: place.clone(),
        before: before.clone(),
        after: after.clone(),
        boot: boot.to_owned(),
    })?;
    let outcome = match place.write(machine, after.as_deref()) {
        Err(error) => refused(error, step),
        Ok(()) => match place.read(machine) {
            Ok(now) if place.same(now.as_deref(), after.as_deref()) => return Ok(Outcome::Done),
            Ok(now) => {
                Outcome::Failed { why: format!("the system made {} of it", place.show(now.as_deref())) }
            }
            Err(error) => refused(error, step),
        },
    };
    // A write that failed may have changed something all the same.
    match place.read(machine) {
        Ok(now) if now == before => journal.void(number)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => journal.void(number)?,
        _ => {
            let back = place.write(machine, before.as_deref()).and_then(|()| place.read(machine));
            if back.is_ok_and(|now| now == before) {
                journal.void(number)?;
            }
        }
    }
    Ok(outcome)
}

fn refused(error: io::Error, step: &Step) -> Outcome {
    if error.kind() == io::ErrorKind::NotFound {
        return Outcome::Gone;
    }
    // Some interrupts answer root with EPERM, others with EIO: either way it is the kernel that places them.
    let managed = step.may_be_refused
        && match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => nix::unistd::geteuid().is_root(),
            code => code == Some(libc::EIO),
        };
    if managed {
        return Outcome::NotAllowed { why: "the kernel manages this interrupt itself".to_owned() };
    }
    let why = match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) if matches!(step.place, Place::Schedule(_)) => format!(
            "{error} (needs root; under RT_GROUP_SCHED the thread's control group may have no real-time time)"
        ),
        Some(libc::EPERM | libc::EACCES) => format!("{error} (needs root)"),
        Some(libc::EBUSY) => format!("{error} (another setting of the driver decides)"),
        _ => error.to_string(),
    };
    Outcome::Failed { why }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::Simulated;
    use super::super::{Machine, Wishes, plan};
    use super::*;
    use crate::journal::revert;

    /// A machine with one place of each kind.
    fn machine() -> Simulated {
        let pci = "/sys/devices/pci0000:00/0000:00:1f.3";
        let machine = Simulated::default()
            .file("/proc/sys/kernel/random/boot_id", "b\n")
            .file("/proc/sys/vm/swappiness", "60\n")
            .file("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n")
            .file("/sys/devices/system/cpu/online", "0-3\n")
            .file("/sys/devices/system/cpu/cpu0/cpuidle/state3/latency", "300\n")
            .file("/sys/devices/virtual/workqueue/cpumask", "f\n")
            .file("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io\n")
            .file("/sys/fs/cgroup/cgroup.subtree_control", "cpuset cpu\n")
            .file("/sys/fs/cgroup/cgroup.procs", "\n")
            .file("/proc/irq/142/smp_affinity_list", "0-3\n")
            .file("/proc/irq/9/smp_affinity_list", "0-3\n")
            .link("/sys/class/sound/card0/device", pci)
            .link("/sys/class/net/wlan0/phy80211", "/sys/devices/phy0")
            .file(&format!("{pci}/class"), "0x040300\n")
            .file(&format!("{pci}/msi_irqs/142"), "msi\n")
            .thread(77, 77, "irq/142-snd_hda", "fifo 50")
            .thread(500, 500, "jackd", "other")
            .thread(500, 501, "jackd", "fifo 10 reset-on-fork")
            .file("/proc/500/cgroup", "0::/system.slice/jack.service\n");
        machine.wifi.borrow_mut().insert("wlan0".into(), true);
        machine
    }

    fn wishes() -> Wishes {
        Wishes { audio_cpus: Some("3".parse().unwrap()), ..Wishes::default() }
    }

    fn values(machine: &Simulated) -> impl PartialEq + std::fmt::Debug + use<> {
        let files: Vec<(String, String)> =
            machine.files.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let threads = [77, 500, 501]
            .map(|tid| format!("{} {}", machine.schedule(tid).unwrap(), machine.affinity(tid).unwrap()));
        let holders: Vec<(String, u32)> =
            machine.holders.borrow().iter().map(|(k, v)| (k.clone(), *v)).collect();
        (files, threads.to_vec(), holders, machine.wifi.borrow()["wlan0"])
    }

    #[test]
    fn a_plan_reads_only_and_apply_then_writes_exactly_it() {
        let machine = machine();
        let plan = plan(&machine, &[], &wishes()).unwrap();
        assert_eq!(machine.writes.get(), 0);
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let results = apply(&machine, &mut journal, &plan).unwrap();
        assert!(results.iter().all(|result| result.outcome == Outcome::Done), "{results:#?}");
        assert_eq!((machine.writes.get(), results.len()), (plan.steps(), plan.steps()));
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "10\n");
        assert_eq!(machine.text("/sys/kernel/mm/transparent_hugepage/enabled"), "always [madvise] never\n");
        assert_eq!(machine.text("/proc/irq/142/smp_affinity_list"), "3\n");
        assert_eq!(machine.text("/proc/irq/9/smp_affinity_list"), "0-2\n");
        assert_eq!(machine.schedule(77).unwrap().to_string(), "fifo 90");
        assert_eq!(machine.schedule(501).unwrap().to_string(), "fifo 80 reset-on-fork");
        assert_eq!(machine.schedule(500).unwrap().to_string(), "other");
        assert_eq!(machine.held_latency("rt-tune-c-states"), Some(66));
    }

    #[test]
    fn whichever_write_is_the_last_everything_comes_back() {
        let count = plan(&machine(), &[], &wishes()).unwrap().steps();
        assert!(count >= 9, "{count}");
        for dies_at in 0..=count {
            let machine = machine();
            let before = values(&machine);
            let folder = tempfile::tempdir().unwrap();
            let plan = plan(&machine, &[], &wishes()).unwrap();
            machine.dies_at.set(Some(dies_at));
            let mut journal = Journal::open(folder.path()).unwrap();
            let _ = apply(&machine, &mut journal, &plan);
            drop(journal);
            machine.dies_at.set(None);
            let mut journal = Journal::open(folder.path()).unwrap();
            let undone = revert(&machine, &mut journal, &[], false).unwrap();
            assert!(undone.iter().all(|u| !u.outcome.is_left()), "{dies_at}: {undone:?}");
            assert_eq!(values(&machine), before, "{dies_at}");
        }
    }

    #[test]
    fn a_refusal_is_told_and_leaves_nothing_in_the_journal() {
        let machine = Simulated::default()
            .file("/proc/sys/vm/swappiness", "60\n")
            .refuses("/proc/sys/vm/swappiness", libc::EBUSY);
        let plan = plan(&machine, &["swappiness".into()], &wishes()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let results = apply(&machine, &mut journal, &plan).unwrap();
        assert!(matches!(&results[0].outcome, Outcome::Failed { why } if why.contains("driver decides")));
        assert!(journal.open_places().is_empty());
    }

    #[test]
    fn a_number_that_was_given_to_another_thread_is_not_touched() {
        let machine = machine();
        let plan = plan(&machine, &["irq-priority".into()], &wishes()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        apply(&machine, &mut journal, &plan).unwrap();
        // The number comes back with another start time.
        let stat = machine.text("/proc/77/stat").replace(" 1077 ", " 9999 ");
        machine.files.borrow_mut().insert("/proc/77/stat".into(), stat);
        let undone = revert(&machine, &mut journal, &[], true).unwrap();
        assert_eq!(undone[0].outcome, crate::journal::Outcome::Gone);
        assert_eq!(machine.schedule(77).unwrap().to_string(), "fifo 90");
    }
}
