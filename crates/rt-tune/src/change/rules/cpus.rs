//! Which CPUs are for audio and which for everything else.

use super::{Proposal, Wishes, file, programs, split_cpus, text};
use crate::change::machine::Machine;
use crate::change::place::{Form, Place, ThreadId};

pub(super) fn workqueue(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let folder = "/sys/devices/virtual/workqueue";
    if machine.read(&format!("{folder}/cpumask")).is_err() {
        return Proposal::none("the kernel does not tell where deferred work runs");
    }
    let (_, rest, notes) = match split_cpus(machine, wishes) {
        Ok(cpus) => cpus,
        Err(why) => return Proposal::none(why),
    };
    let mut proposal = Proposal { notes, ..Proposal::default() };
    for path in [format!("{folder}/cpumask"), format!("{folder}/writeback/cpumask")] {
        if machine.read(&path).is_ok() {
            proposal.want(file(path, Form::Mask), rest.to_mask());
        }
    }
    proposal
}

pub(super) fn smt(machine: &dyn Machine, _: &Wishes) -> Proposal {
    match text(machine, "/sys/devices/system/cpu/smt/control").as_deref() {
        None | Some("notsupported" | "notimplemented") => Proposal::none("these cores have one thread each"),
        Some("forceoff" | "off") => Proposal::default(),
        Some(_) => {
            let mut proposal = Proposal::default();
            proposal.want(Place::text("/sys/devices/system/cpu/smt/control"), "off");
            proposal
        }
    }
}

/// The group that audio programs are moved to.
const GROUP: &str = "rt-tune.audio";

pub(super) fn cpuset(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let (audio, _, notes) = match split_cpus(machine, wishes) {
        Ok(cpus) => cpus,
        Err(why) => return Proposal::none(why),
    };
    let mut proposal = Proposal { notes, ..Proposal::default() };
    let controllers = text(machine, "/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
    let second = controllers.split_whitespace().any(|word| word == "cpuset");
    let (mount, controller) = if second {
        ("/sys/fs/cgroup", "")
    } else if machine.read("/sys/fs/cgroup/cpuset/cpuset.cpus").is_ok() {
        ("/sys/fs/cgroup/cpuset", "cpuset")
    } else {
        return Proposal::none("the kernel offers no cpusets here");
    };
    let programs = programs::running(machine);
    if programs.is_empty() {
        return Proposal::none("no audio program runs that could be moved");
    }
    let group = format!("{mount}/{GROUP}");
    if second {
        let path = format!("{mount}/cgroup.subtree_control");
        let now = text(machine, &path).unwrap_or_default();
        if !now.split_whitespace().any(|word| word == "cpuset") {
            proposal.want(file(path, Form::Controllers), format!("{now} cpuset").trim().to_owned());
        }
    }
    proposal.want(Place::Group { path: group.clone() }, "there");
    proposal.want(file(format!("{group}/cpuset.cpus"), Form::Cpus), audio.to_string());
    if second {
        // An isolated partition is not balanced: right for one CPU, wrong for a graph with several threads.
        let kind = if audio.iter().count() == 1 { "isolated" } else { "root" };
        proposal.want(Place::text(format!("{group}/cpuset.cpus.partition")), kind);
    } else {
        let memory = text(machine, &format!("{mount}/cpuset.mems")).unwrap_or_else(|| "0".into());
        proposal.want(file(format!("{group}/cpuset.mems"), Form::Cpus), memory);
    }
    for program in programs {
        let Some(first) = program.threads.iter().find(|thread| thread.tid == program.pid) else { continue };
        let place = Place::Member {
            thread: ThreadId::of(first),
            mount: mount.to_owned(),
            controller: controller.to_owned(),
        };
        proposal.want(place, GROUP);
    }
    proposal
}
