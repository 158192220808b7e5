//! Threads of the machine, as /proc tells them.

use super::machine::Machine;

/// The fields of /proc/PID/stat that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Name, at most 15 bytes: the kernel cuts longer ones.
    pub name: String,
    /// Start in clock ticks after boot: with the number, it names a thread for good.
    pub start: u64,
    /// Nice value.
    pub nice: i8,
    /// Real-time priority, 0 for ordinary threads.
    pub priority: u8,
    /// The kernel's number of the scheduling class.
    pub policy: u32,
}

impl Stat {
    /// From the text of the file. The name may hold spaces and parentheses, so the last one closes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let name = head.split_once('(')?.1.to_owned();
        let field: Vec<&str> = rest.split_whitespace().collect();
        // The first of them is field 3 of the manual page.
        let number = |n: usize| field.get(n - 3);
        Some(Self {
            name,
            start: number(22)?.parse().ok()?,
            nice: number(19)?.parse().ok()?,
            priority: number(40).and_then(|f| f.parse().ok()).unwrap_or(0),
            policy: number(41).and_then(|f| f.parse().ok()).unwrap_or(0),
        })
    }
}

/// A thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its number.
    pub tid: i32,
    /// What it is.
    pub stat: Stat,
}

/// Numbers of all processes, ascending.
pub fn processes(machine: &dyn Machine) -> Vec<i32> {
    let mut pids: Vec<i32> = machine.names("/proc").iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// What a thread is; `None` when it has gone.
pub fn stat(machine: &dyn Machine, tid: i32) -> Option<Stat> {
    Stat::parse(&machine.read(&format!("/proc/{tid}/stat")).ok()?)
}

/// The threads of a process.
pub fn of_process(machine: &dyn Machine, pid: i32) -> Vec<Thread> {
    let folder = format!("/proc/{pid}/task");
    let tids = machine.names(&folder).into_iter().filter_map(|name| name.parse::<i32>().ok());
    let mut threads: Vec<Thread> = tids
        .filter_map(|tid| {
            let stat = Stat::parse(&machine.read(&format!("{folder}/{tid}/stat")).ok()?)?;
            Some(Thread { tid, stat })
        })
        .collect();
    threads.sort_by_key(|thread| thread.tid);
    threads
}

/// The kernel's threads that serve interrupt `irq`: `irq/24-xhci_hcd`, and `irq/24-s-xhci_hc` for a forced second one.
pub fn of_irq(machine: &dyn Machine, irq: u32) -> Vec<Thread> {
    let prefix = format!("irq/{irq}-");
    processes(machine)
        .into_iter()
        .filter_map(|tid| Some(Thread { tid, stat: stat(machine, tid)? }))
        .filter(|thread| thread.stat.name.starts_with(&prefix))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_parentheses_do_not_shift_the_fields() {
        let line = "51 (irq/25-A) 1 (x) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 -51 -5 1 0 112 0 0 \
            18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 1 50 1 0 0 0 0 0 0 0 0 0 0 0";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(
            (stat.name.as_str(), stat.start, stat.nice, stat.priority, stat.policy),
            ("irq/25-A) 1 (x", 112, -5, 50, 1)
        );
        assert_eq!(Stat::parse("51 (cut"), None);
        assert_eq!(Stat::parse("51 (short) S 1"), None);
    }
}
