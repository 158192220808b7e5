//! A thread as a place of values: its number, and proof that it is still the same thread.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::change::machine::Machine;
use crate::change::threads;

/// A thread for good: numbers are used again, a number with a start time is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ThreadId {
    /// Its number.
    pub tid: i32,
    /// Its start in clock ticks after boot.
    pub start: u64,
    /// Its name, for people.
    pub name: String,
}

impl ThreadId {
    /// A thread by what /proc says of it.
    pub fn of(thread: &threads::Thread) -> Self {
        Self { tid: thread.tid, start: thread.stat.start, name: thread.stat.name.clone() }
    }

    /// Refuses a number that belongs to another thread by now.
    pub(super) fn check(&self, machine: &dyn Machine) -> io::Result<()> {
        let same = threads::stat(machine, self.tid).is_some_and(|stat| stat.start == self.start);
        if same { Ok(()) } else { Err(io::Error::new(io::ErrorKind::NotFound, format!("{self} has ended"))) }
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.tid)
    }
}

/// A thread that ends meanwhile is gone, in whatever words the system says it.
pub(super) fn gone(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(libc::ESRCH) { io::ErrorKind::NotFound.into() } else { error }
}
