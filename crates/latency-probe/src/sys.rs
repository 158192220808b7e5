//! The few calls that need `unsafe`: the scheduler, the clock, memory locking, signals, and JACK ports with flags of ours.

use jack::{AudioIn, AudioOut, Port, PortFlags, PortSpec, ProcessScope};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// A port that may claim to be an end of hardware, so that the choice of ports and the physical floor can be tested.
pub(crate) struct Flagged<P> {
    inner: P,
    physical: bool,
}

impl<P> Flagged<P> {
    pub(crate) fn new(inner: P, physical: bool) -> Self {
        Self { inner, physical }
    }
}

// SAFETY: type and buffer size are those of the wrapped audio port, which upholds the trait's contract; the added flags
// are mere hints for other clients.
unsafe impl<P: PortSpec> PortSpec for Flagged<P> {
    fn jack_port_type(&self) -> &str {
        self.inner.jack_port_type()
    }

    fn jack_flags(&self) -> PortFlags {
        let more =
            if self.physical { PortFlags::IS_PHYSICAL | PortFlags::IS_TERMINAL } else { PortFlags::empty() };
        self.inner.jack_flags() | more
    }

    fn jack_buffer_size(&self) -> libc::c_ulong {
        self.inner.jack_buffer_size()
    }
}

/// The input's frames of this cycle.
pub(crate) fn input_frames<'a>(port: &'a Port<Flagged<AudioIn>>, scope: &'a ProcessScope) -> &'a [f32] {
    assert_eq!(port.client_ptr(), scope.client_ptr());
    let frames = scope.n_frames();
    // SAFETY: inside the process callback of the port's own client (asserted) JACK's buffer of an audio port holds
    // `frames` floats until the callback returns, and the scope cannot outlive it.
    unsafe { std::slice::from_raw_parts(port.buffer(frames).cast::<f32>(), frames as usize) }
}

/// The output's frames of this cycle.
pub(crate) fn output_frames<'a>(
    port: &'a mut Port<Flagged<AudioOut>>,
    scope: &'a ProcessScope,
) -> &'a mut [f32] {
    assert_eq!(port.client_ptr(), scope.client_ptr());
    let frames = scope.n_frames();
    // SAFETY: as above; the port is borrowed mutably, so no second slice of the same output exists.
    unsafe { std::slice::from_raw_parts_mut(port.buffer(frames).cast::<f32>(), frames as usize) }
}

static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn note_stop(_: libc::c_int) {
    STOP.store(true, Ordering::SeqCst);
}

/// Lets SIGINT and SIGTERM set a flag instead of ending the program; [`stopping`] reads it.
pub(crate) fn catch_stop() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the handler only stores to an atomic, which is async-signal-safe.
        unsafe { libc::signal(signal, note_stop as *const () as libc::sighandler_t) };
    }
}

/// Whether SIGINT or SIGTERM arrived.
pub(crate) fn stopping() -> bool {
    STOP.load(Ordering::SeqCst)
}

fn checked(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Locks the memory of the process: what there is, and what comes if nothing limits it. Under a limit, memory that cannot be
/// locked later would not be given at all, which ends the program.
pub(crate) fn lock_memory() -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is valid for the call.
    checked(unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) })?;
    // SAFETY: takes nothing and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    // SAFETY: takes flags only.
    checked(unsafe { libc::mlockall(lock_flags(limit.rlim_cur, root)) })
}

fn lock_flags(limit: libc::rlim_t, root: bool) -> libc::c_int {
    if root || limit == libc::RLIM_INFINITY {
        libc::MCL_CURRENT | libc::MCL_FUTURE
    } else {
        libc::MCL_CURRENT
    }
}

/// Undoes [`lock_memory`].
pub(crate) fn unlock_memory() {
    // SAFETY: takes nothing; a failure leaves the memory locked, which does no harm.
    unsafe { libc::munlockall() };
}

/// Puts the calling thread into SCHED_FIFO with `priority` 1–99, or into SCHED_OTHER for `None`.
pub(crate) fn set_scheduler(priority: Option<u8>) -> io::Result<()> {
    let policy = if priority.is_some() { libc::SCHED_FIFO } else { libc::SCHED_OTHER };
    let param = libc::sched_param { sched_priority: libc::c_int::from(priority.unwrap_or(0)) };
    // SAFETY: pid 0 is the calling thread; the pointer is valid for the call.
    checked(unsafe { libc::sched_setscheduler(0, policy, &raw const param) })
}

/// Binds the calling thread to one CPU.
pub(crate) fn pin(cpu: usize) -> io::Result<()> {
    // SAFETY: a cpu_set_t of zeros is an empty set; CPU_SET is bounds-checked by the size test before it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if cpu >= 8 * std::mem::size_of::<libc::cpu_set_t>() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        libc::CPU_SET(cpu, &mut set);
        checked(libc::sched_setaffinity(0, std::mem::size_of::<libc::cpu_set_t>(), &raw const set))
    }
}

/// CPUs that the calling thread may run on, ascending.
pub(crate) fn allowed_cpus() -> Vec<usize> {
    // SAFETY: the set is valid for the call, and CPU_ISSET stays inside it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, std::mem::size_of::<libc::cpu_set_t>(), &raw mut set) != 0 {
            return vec![0];
        }
        (0..8 * std::mem::size_of::<libc::cpu_set_t>()).filter(|cpu| libc::CPU_ISSET(*cpu, &set)).collect()
    }
}

/// CLOCK_MONOTONIC in nanoseconds.
pub(crate) fn now_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call; the clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Sleeps until CLOCK_MONOTONIC reaches `deadline` nanoseconds.
pub(crate) fn sleep_until_ns(deadline: i64) {
    let time = libc::timespec { tv_sec: deadline / 1_000_000_000, tv_nsec: deadline % 1_000_000_000 };
    loop {
        // SAFETY: the pointers are valid for the call; a null remainder is allowed with TIMER_ABSTIME.
        let result = unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &raw const time,
                std::ptr::null_mut(),
            )
        };
        if result != libc::EINTR {
            return;
        }
    }
}

/// Lets timers of the calling thread fire without the 50 µs of slack that SCHED_OTHER has.
pub(crate) fn tighten_timers() {
    // SAFETY: sets one number of the calling thread; 1 ns is the smallest.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong, 0, 0, 0) };
}

/// Page faults, minor and major, of the calling thread.
pub(crate) fn page_faults() -> u64 {
    // SAFETY: an all-zero rusage is valid, and the pointer is valid for the call.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage);
        (usage.ru_minflt + usage.ru_majflt) as u64
    }
}

/// Kernel id of the calling thread.
pub(crate) fn thread_id() -> i32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::gettid() }
}

/// Whether standard error is a terminal.
pub(crate) fn is_terminal() -> bool {
    use std::io::IsTerminal;
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn future_memory_is_locked_only_where_nothing_limits_it() {
        let both = libc::MCL_CURRENT | libc::MCL_FUTURE;
        assert_eq!(lock_flags(libc::RLIM_INFINITY, false), both);
        assert_eq!(lock_flags(8 << 20, true), both);
        assert_eq!(lock_flags(64 << 20, false), libc::MCL_CURRENT);
    }
}
