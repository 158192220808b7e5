//! Scheduling of the calling thread, memory locking and exact sleeping.

use std::io;

/// Gives the calling thread `SCHED_FIFO` at `priority` (1–99). Fails with `EPERM` for a user without real-time rights.
pub(crate) fn set_fifo(priority: i32) -> io::Result<()> {
    let param = libc::sched_param { sched_priority: priority };
    // SAFETY: `param` is valid for the call; the calling thread exists.
    match unsafe { libc::pthread_setschedparam(libc::pthread_self(), libc::SCHED_FIFO, &raw const param) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Whether a thread of this process would get `SCHED_FIFO` at `priority` (1–99). Asked of the system by a thread that ends at
/// once.
pub(crate) fn may_have_fifo(priority: u8) -> bool {
    let ask = std::thread::Builder::new().spawn(move || set_fifo(i32::from(priority)).is_ok());
    ask.is_ok_and(|asked| asked.join().unwrap_or(false))
}

/// Ties the calling thread to `cpus` (numbers as in /proc/cpuinfo, below 1024).
pub(crate) fn set_affinity(cpus: &[usize]) -> io::Result<()> {
    // SAFETY: cpu_set_t is plain data for which all zero is the empty set; the bounds of CPU_SET are kept by the filter,
    // and the set lives for the call.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        for &cpu in cpus.iter().filter(|&&cpu| cpu < libc::CPU_SETSIZE as usize) {
            libc::CPU_SET(cpu, &mut set);
        }
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Puts the calling thread under `SCHED_FIFO` with `priority` (0: left as it is) and on `cpu` (none: left as it is).
/// Returns what the system refused, by name; the thread runs on without it.
pub(crate) fn prepare_thread(priority: u8, cpu: Option<usize>) -> Vec<(&'static str, io::Error)> {
    let fifo = (priority > 0).then(|| ("real-time scheduling", set_fifo(i32::from(priority))));
    let pinned = cpu.map(|cpu| ("its CPU", set_affinity(&[cpu])));
    fifo.into_iter().chain(pinned).filter_map(|(what, done)| Some((what, done.err()?))).collect()
}

/// Keeps what the process has once touched, now or later, in memory: code and tables of plugins too, which the system may drop
/// although there is no swap space. Untouched memory takes no room.
///
/// `false`, and nothing done, under a limit on locked memory: what cannot be locked later would not be given at all, which ends
/// the program.
pub(crate) fn lock_memory() -> io::Result<bool> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is valid for the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if limit.rlim_cur != libc::RLIM_INFINITY {
        return Ok(false);
    }
    // SAFETY: takes flags only.
    match unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE | libc::MCL_ONFAULT) } {
        0 => Ok(true),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sleeps until `CLOCK_MONOTONIC` shows `ns`; returns at once when that is past.
pub(crate) fn sleep_until(ns: u64) {
    let until = libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    };
    // SAFETY: `until` is valid for the call and no remainder is asked for.
    while unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_MONOTONIC,
            libc::TIMER_ABSTIME,
            &raw const until,
            std::ptr::null_mut(),
        )
    } == libc::EINTR
    {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::counter::monotonic_ns;

    #[test]
    fn sleeps_at_least_until_the_moment() {
        let until = monotonic_ns() + 2_000_000;
        sleep_until(until);
        assert!(monotonic_ns() >= until);
        sleep_until(until - 1_000_000);
    }

    #[test]
    fn what_is_refused_is_named() {
        let refused = std::thread::spawn(|| prepare_thread(0, Some(usize::MAX))).join().expect("no panic");
        assert_eq!(refused.iter().map(|(what, _)| *what).collect::<Vec<_>>(), ["its CPU"]);
        assert!(prepare_thread(0, None).is_empty());
    }

    #[test]
    fn an_empty_cpu_set_is_refused() {
        assert!(set_affinity(&[]).is_err());
        assert!(set_affinity(&[usize::MAX]).is_err());
    }
}
