//! Scheduling of the engine's own threads.

/// Puts this thread under SCHED_FIFO with `priority` (0: left as it is) and on `cpu` (none: left as it is). What the
/// system refuses is left out: the caller has reported the limits before.
pub(crate) fn prepare_thread(priority: u8, cpu: Option<usize>) {
    if priority > 0 {
        let param = libc::sched_param { sched_priority: i32::from(priority) };
        // SAFETY: `param` lives for the call; 0 means this thread.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const param) };
    }
    if let Some(cpu) = cpu.filter(|&cpu| cpu < libc::CPU_SETSIZE as usize) {
        // SAFETY: an all-zero cpu_set_t is an empty set; `cpu` is within its size, and the set lives for the call.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(cpu, &mut set);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
        }
    }
}
