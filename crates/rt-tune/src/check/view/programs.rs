//! What runs on the machine: processes, their threads, and those of the kernel.

use super::View;
use crate::change::threads::{self, Stat, Thread};
use crate::check::look::Seen;

/// A process or a thread of the kernel.
#[derive(Debug, Clone)]
pub(in crate::check) struct Process {
    pub(in crate::check) pid: i32,
    pub(in crate::check) stat: Stat,
}

impl View<'_> {
    /// Processes and kernel threads. One that ends while it is looked at is left out.
    pub(in crate::check) fn processes(&self) -> &Seen<Vec<Process>> {
        self.processes.get_or_init(|| {
            if self.hides_processes() {
                return Seen::Hidden(
                    "/proc is mounted with hidepid, which hides the processes of others: run it as root"
                        .into(),
                );
            }
            let pids = self.list("/proc").map(|names| {
                let mut pids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
                pids.sort_unstable();
                pids
            });
            let found = pids.map(|pids| {
                let stat = |pid| Some(Process { pid, stat: threads::stat(&self.machine, pid)? });
                pids.into_iter().filter_map(stat).collect::<Vec<_>>()
            });
            match found {
                Seen::There(list) if list.is_empty() => Seen::Hidden("/proc shows no processes".into()),
                other => other,
            }
        })
    }

    /// Whether this user sees only processes of their own, so that one that is not seen may still run.
    fn hides_processes(&self) -> bool {
        if !self.running || nix::unistd::geteuid().is_root() {
            return false;
        }
        let mounts = self.text("/proc/self/mounts").there().unwrap_or_default();
        mounts.lines().any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let hides =
                |word: &str| word.strip_prefix("hidepid=").is_some_and(|level| !matches!(level, "0" | "off"));
            fields.get(2) == Some(&"proc")
                && fields.get(1) == Some(&"/proc")
                && fields.get(3).is_some_and(|options| options.split(',').any(hides))
        })
    }

    /// Processes with one of these names, as the kernel cuts them; none when processes cannot be seen.
    pub(in crate::check) fn named(&self, names: &[&str]) -> Vec<&Process> {
        match self.processes() {
            Seen::There(all) => all.iter().filter(|p| names.contains(&p.stat.name.as_str())).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a process with one of these names runs.
    pub(in crate::check) fn runs(&self, names: &[&str]) -> Seen<bool> {
        match self.processes() {
            Seen::There(_) => Seen::There(!self.named(names).is_empty()),
            Seen::Absent => Seen::Absent,
            Seen::Hidden(why) => Seen::Hidden(why.clone()),
        }
    }

    /// Threads of the kernel that serve interrupts, with the interrupt's number.
    pub(in crate::check) fn irq_threads(&self) -> Vec<(u32, &Process)> {
        let Seen::There(all) = self.processes() else { return Vec::new() };
        let irq = |p: &Process| p.stat.name.strip_prefix("irq/")?.split('-').next()?.parse().ok();
        all.iter().filter_map(|p| Some((irq(p)?, p))).collect()
    }

    /// The threads of a process.
    pub(in crate::check) fn threads_of(&self, pid: i32) -> Vec<Thread> {
        threads::of_process(&self.machine, pid)
    }
}
