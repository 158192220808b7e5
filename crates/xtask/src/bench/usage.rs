//! What processes used so far, by the kernel's books.

use std::fs;

use anyhow::{Context, Result};

/// Sums over all threads of some processes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Usage {
    /// Time on a processor, in nanoseconds.
    pub(super) cpu: u64,
    /// Times that a thread gave the processor up by itself, mostly to wait.
    pub(super) switches: u64,
}

impl Usage {
    /// Of these processes, now.
    pub(super) fn of(processes: &[u32]) -> Result<Self> {
        let mut sum = Self::default();
        for process in processes {
            let tasks = format!("/proc/{process}/task");
            let threads = fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))?;
            for thread in threads.flatten() {
                // A thread may end while we look: then its share is lost, as it is to the kernel's sums.
                let read = |file| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
                sum.cpu += cpu(&read("schedstat"));
                sum.switches += switches(&read("status"));
            }
        }
        Ok(sum)
    }

    /// What was used since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            switches: self.switches.saturating_sub(earlier.switches),
        }
    }
}

/// The first number of `schedstat`.
fn cpu(schedstat: &str) -> u64 {
    schedstat.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The voluntary switches of `status`.
fn switches(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_understood() {
        assert_eq!(cpu("123456789 55 7\n"), 123_456_789);
        assert_eq!(
            switches("Threads:\t1\nvoluntary_ctxt_switches:\t42\nnonvoluntary_ctxt_switches:\t7\n"),
            42
        );
        assert_eq!((cpu(""), switches("")), (0, 0));
    }

    #[test]
    fn waiting_counts_as_a_switch_and_work_as_time() {
        let id = [std::process::id()];
        let before = Usage::of(&id).unwrap();
        for _ in 0..20 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let mut sum = 0_u64;
        while Usage::of(&id).unwrap().since(before).cpu < 1_000_000 {
            sum = sum.wrapping_add(1);
        }
        assert!(Usage::of(&id).unwrap().since(before).switches >= 20, "{sum}");
    }
}
