//! The few calls that need `unsafe`: how other threads are scheduled.

use crate::change::{Policy, Schedule};
use std::io;

/// The kernel's `struct sched_attr` in its first, 48-byte version.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

const SIZE: u32 = size_of::<Attributes>() as u32;
const RESET_ON_FORK: u64 = 1;

/// How a thread is scheduled; 0 is the caller.
pub(crate) fn schedule(tid: i32) -> io::Result<Schedule> {
    let mut attributes = Attributes::default();
    // SAFETY: the kernel writes at most SIZE bytes, the size of the structure that the pointer is valid for.
    let result =
        unsafe { libc::syscall(libc::SYS_sched_getattr, tid, &raw mut attributes, SIZE, 0 as libc::c_uint) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let policy = Policy::from_number(attributes.policy).ok_or(io::ErrorKind::Unsupported)?;
    Ok(Schedule {
        policy,
        priority: u8::try_from(attributes.priority).unwrap_or(99),
        nice: i8::try_from(attributes.nice).unwrap_or(0),
        reset_on_fork: attributes.flags & RESET_ON_FORK != 0,
    })
}

/// Schedules a thread; 0 is the caller.
pub(crate) fn set_schedule(tid: i32, schedule: Schedule) -> io::Result<()> {
    let attributes = Attributes {
        size: SIZE,
        policy: schedule.policy.number(),
        flags: if schedule.reset_on_fork { RESET_ON_FORK } else { 0 },
        nice: i32::from(schedule.nice),
        priority: u32::from(schedule.priority),
        ..Default::default()
    };
    // SAFETY: the kernel reads SIZE bytes, which the structure states and the pointer is valid for.
    let result =
        unsafe { libc::syscall(libc::SYS_sched_setattr, tid, &raw const attributes, 0 as libc::c_uint) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Columns of the terminal at standard output; `None` when it is no terminal.
pub(crate) fn terminal_columns() -> Option<usize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request writes one `winsize`, which the pointer is valid for.
    let result = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0).then_some(usize::from(size.ws_col))
}
