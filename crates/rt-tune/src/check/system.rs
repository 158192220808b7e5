//! What only the running machine can answer, by trying.

use crate::change::{Policy, Schedule};
use std::io;
use std::os::unix::fs::FileExt;

/// Interrupts of the firmware since power-on, of the first CPU.
pub(super) fn smi_count() -> io::Result<u64> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/cpu/0/msr")?.read_exact_at(&mut bytes, 0x34)?;
    Ok(u64::from_ne_bytes(bytes) & 0xffff_ffff)
}

/// Whether a thread of ours may have SCHED_FIFO with this priority. It has it for no longer than the question takes.
pub(super) fn try_real_time(priority: u8) -> io::Result<()> {
    let wanted = Schedule { policy: Policy::Fifo, priority, nice: 0, reset_on_fork: false };
    let asked = std::thread::Builder::new().spawn(move || crate::sys::set_schedule(0, wanted))?;
    asked.join().unwrap_or_else(|_| Err(io::Error::other("the thread that asks ended early")))
}

/// Whether all memory of a process may be locked; it is unlocked at once.
pub(super) fn try_lock_memory() -> io::Result<()> {
    use nix::sys::mman::{MlockAllFlags, mlockall, munlockall};
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE)?;
    Ok(munlockall()?)
}
