//! Interrupts: who comes first, and where they run.

use super::{Proposal, Wishes, file, split_cpus};
use crate::change::devices::{SoundIrq, sound_irqs};
use crate::change::machine::Machine;
use crate::change::place::{Form, Place, ThreadId};
use crate::change::schedule::Policy;
use crate::change::threads;

/// Interrupts of sound cards, and those that the caller named.
fn wanted_irqs(machine: &dyn Machine, wishes: &Wishes) -> Vec<SoundIrq> {
    let mut irqs = sound_irqs(machine);
    for irq in &wishes.irqs {
        if !irqs.iter().any(|known| known.irq == *irq) {
            irqs.push(SoundIrq { irq: *irq, cards: vec!["named".into()], source: String::new() });
        }
    }
    irqs
}

const NO_CARD: &str = "no sound card with an interrupt is there (--irq names one that cannot be found)";

pub(super) fn priority(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let irqs = wanted_irqs(machine, wishes);
    if irqs.is_empty() {
        return Proposal::none(NO_CARD);
    }
    let mut proposal = Proposal::default();
    let mut rank = 0;
    for SoundIrq { irq, cards, .. } in irqs {
        let threads = threads::of_irq(machine, irq);
        if threads.is_empty() {
            let why =
                if machine.read(&format!("/sys/kernel/irq/{irq}/actions")).is_ok_and(|a| a.trim().is_empty())
                {
                    "is not in use".to_owned()
                } else {
                    "has no thread: boot a PREEMPT_RT kernel, or with threadirqs".to_owned()
                };
            proposal.notes.push(format!("interrupt {irq} ({}) {why}", cards.join(", ")));
            continue;
        }
        let priority = wishes.irq_priority.saturating_sub(rank).max(2);
        rank += 1;
        for thread in threads {
            let Ok(now) = machine.schedule(thread.tid) else { continue };
            let place = Place::Schedule(ThreadId::of(&thread));
            proposal.want_because(place, now.fifo(priority).to_string(), cards.join(", "));
        }
    }
    if proposal.wanted.is_empty() {
        proposal.unknown = Some("no thread serves these interrupts".into());
    }
    // A server above its own interrupt waits for data that the interrupt has not brought yet.
    for program in super::programs::running(machine) {
        for thread in &program.threads {
            let Ok(now) = machine.schedule(thread.tid) else { continue };
            if now.policy == Policy::Fifo && now.priority >= wishes.irq_priority {
                proposal.notes.push(format!(
                    "{} ({}) runs with priority {}, not below the interrupt's {}",
                    program.name, thread.tid, now.priority, wishes.irq_priority
                ));
            }
        }
    }
    proposal
}

pub(super) fn affinity(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let (audio, rest, notes) = match split_cpus(machine, wishes) {
        Ok(cpus) => cpus,
        Err(why) => return Proposal::none(why),
    };
    let mut proposal = Proposal { notes, ..Proposal::default() };
    let sound = wanted_irqs(machine, wishes);
    let mut irqs: Vec<u32> = machine.names("/proc/irq").iter().filter_map(|name| name.parse().ok()).collect();
    irqs.sort_unstable();
    for irq in irqs {
        let path = format!("/proc/irq/{irq}/smp_affinity_list");
        if machine.read(&path).is_err() {
            continue;
        }
        let (cpus, why) = match sound.iter().find(|known| known.irq == irq) {
            Some(known) => (&audio, known.cards.join(", ")),
            None => (&rest, String::new()),
        };
        proposal.want_because(file(path, Form::Cpus), cpus.to_string(), why);
        if let Some(wanted) = proposal.wanted.last_mut() {
            wanted.may_be_refused = true;
        }
    }
    let default = "/proc/irq/default_smp_affinity";
    if machine.read(default).is_ok() {
        proposal.want_because(file(default, Form::Mask), rest.to_mask(), "interrupts that come later");
    }
    proposal
}
