//! The threads of audio servers and their clients.

use super::{Proposal, Wishes, split_cpus};
use crate::change::machine::Machine;
use crate::change::place::{Place, ThreadId};
use crate::change::schedule::Policy;
use crate::change::threads::{self, Thread};

/// What a program is in an audio graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Drives the graph with a thread that only a server with real-time rights has.
    Jack,
    /// Drives the graph with threads named `data-loop`.
    PipeWire,
    /// Computes inside it.
    Client,
}

/// A running audio program.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) pid: i32,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) threads: Vec<Thread>,
}

/// Names as the kernel cuts them, 15 bytes; a star stands for whatever follows, such as a version.
const PROGRAMS: &[(&str, Role)] = &[
    ("jackd", Role::Jack),
    ("jackdbus", Role::Jack),
    ("pipewire", Role::PipeWire),
    ("pipewire-pulse", Role::PipeWire),
    ("archibald-engin", Role::Client),
    ("mod-host", Role::Client),
    ("ardour*", Role::Client),
    ("BitwigAudioEng*", Role::Client),
    ("bitwig-studio", Role::Client),
    ("carla*", Role::Client),
    ("fluidsynth", Role::Client),
    ("guitarix", Role::Client),
    ("hydrogen", Role::Client),
    ("jalv*", Role::Client),
    ("lmms", Role::Client),
    ("mixbus*", Role::Client),
    ("mixxx", Role::Client),
    ("qtractor", Role::Client),
    ("reaper", Role::Client),
    ("renoise", Role::Client),
    ("scsynth", Role::Client),
    ("sooperlooper", Role::Client),
    ("supernova", Role::Client),
    ("zrythm*", Role::Client),
    ("zynaddsubfx", Role::Client),
];

/// What a program with this name is in an audio graph; `None` when it is none that is known.
pub(crate) fn role_of(name: &str) -> Option<Role> {
    let fits = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => known == name,
    };
    PROGRAMS.iter().find(|(known, _)| fits(known)).map(|(_, role)| *role)
}

/// Below this a server gives way to the interrupts and programs of others.
const LOWEST_SERVER: u8 = 70;

pub(super) fn running(machine: &dyn Machine) -> Vec<Program> {
    let mut found = Vec::new();
    for pid in threads::processes(machine) {
        let Ok(name) = machine.read(&format!("/proc/{pid}/comm")) else { continue };
        let name = name.trim();
        if let Some(role) = role_of(name) {
            let threads = threads::of_process(machine, pid);
            found.push(Program { pid, name: name.to_owned(), role, threads });
        }
    }
    found
}

const NONE: &str = "no audio server or client runs";

pub(super) fn priority(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let programs = running(machine);
    if programs.is_empty() {
        return Proposal::none(NONE);
    }
    let server = wishes.server_priority.min(wishes.irq_priority.saturating_sub(1));
    let client = server.saturating_sub(5).max(1);
    let mut proposal = Proposal::default();
    for program in programs {
        let mut real_time = 0;
        for thread in &program.threads {
            let Ok(now) = machine.schedule(thread.tid) else { continue };
            let is_loop = thread.stat.name.contains("data-loop");
            let low = match program.role {
                Role::Jack => now.policy.is_real_time() && now.priority < LOWEST_SERVER,
                Role::PipeWire => {
                    (is_loop || now.policy.is_real_time())
                        && (!now.policy.is_real_time() || now.priority < LOWEST_SERVER)
                }
                // JACK gives its clients five less than the server: 65 at its default of 70 here.
                Role::Client => now.policy.is_real_time() && now.priority < LOWEST_SERVER - 5,
            };
            let high = now.policy == Policy::Fifo && now.priority >= wishes.irq_priority;
            real_time +=
                usize::from(now.policy.is_real_time() || (program.role == Role::PipeWire && is_loop));
            if low || high {
                let wanted = if program.role == Role::Client { client } else { server };
                let place = Place::Schedule(ThreadId::of(thread));
                proposal.want_because(place, now.fifo(wanted).to_string(), program.name.clone());
            }
        }
        if real_time == 0 {
            let remedy = match program.role {
                Role::Jack => "start it with -R (and -P 70 or more)",
                Role::PipeWire => "load libpipewire-module-rt and check the limits of its user",
                Role::Client => "check its limits; its audio thread cannot be told from its others",
            };
            proposal
                .notes
                .push(format!("{} ({}) has no real-time thread: {remedy}", program.name, program.pid));
        }
    }
    proposal
}

pub(super) fn affinity(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let programs = running(machine);
    if programs.is_empty() {
        return Proposal::none(NONE);
    }
    let (audio, _, notes) = match split_cpus(machine, wishes) {
        Ok(cpus) => cpus,
        Err(why) => return Proposal::none(why),
    };
    let mut proposal = Proposal { notes, ..Proposal::default() };
    for program in programs {
        for thread in &program.threads {
            let Ok(now) = machine.schedule(thread.tid) else { continue };
            if now.policy.is_real_time() {
                let place = Place::Affinity(ThreadId::of(thread));
                proposal.want_because(place, audio.to_string(), program.name.clone());
            }
        }
    }
    proposal
}
