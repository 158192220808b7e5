//! A machine that can only be read, and that counts how often: what finds faults must never cause one.

use crate::change::{CpuSet, Machine, Schedule};
use std::cell::Cell;
use std::io;

/// Reading passes through, writing is refused.
pub(super) struct ReadOnly<'a> {
    inner: &'a dyn Machine,
    reads: Cell<usize>,
}

impl<'a> ReadOnly<'a> {
    pub(super) fn new(inner: &'a dyn Machine) -> Self {
        Self { inner, reads: Cell::new(0) }
    }

    /// Files, folders and links that were asked for so far.
    pub(super) fn reads(&self) -> usize {
        self.reads.get()
    }

    fn counted(&self) -> &dyn Machine {
        self.reads.set(self.reads.get() + 1);
        self.inner
    }
}

fn refused<T>() -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "a check writes nothing"))
}

impl Machine for ReadOnly<'_> {
    fn read(&self, path: &str) -> io::Result<String> {
        self.counted().read(path)
    }

    fn bytes(&self, path: &str) -> io::Result<Vec<u8>> {
        self.counted().bytes(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.counted().list(folder)
    }

    fn resolve(&self, path: &str) -> Option<String> {
        self.counted().resolve(path)
    }

    fn schedule(&self, tid: i32) -> io::Result<Schedule> {
        self.counted().schedule(tid)
    }

    fn affinity(&self, tid: i32) -> io::Result<CpuSet> {
        self.counted().affinity(tid)
    }

    fn held_latency(&self, mark: &str) -> Option<u32> {
        self.counted().held_latency(mark)
    }

    fn wifi_power_save(&self, interface: &str) -> io::Result<bool> {
        self.counted().wifi_power_save(interface)
    }

    fn period(&self, server: &str) -> io::Result<u32> {
        self.counted().period(server)
    }

    fn write(&self, _: &str, _: &str) -> io::Result<()> {
        refused()
    }

    fn make_folder(&self, _: &str) -> io::Result<()> {
        refused()
    }

    fn remove_folder(&self, _: &str) -> io::Result<()> {
        refused()
    }

    fn replace(&self, _: &str, _: Option<&str>) -> io::Result<()> {
        refused()
    }

    fn set_schedule(&self, _: i32, _: Schedule) -> io::Result<()> {
        refused()
    }

    fn set_affinity(&self, _: i32, _: &CpuSet) -> io::Result<()> {
        refused()
    }

    fn hold_latency(&self, _: u32, _: &str) -> io::Result<()> {
        refused()
    }

    fn release_latency(&self, _: &str) -> io::Result<bool> {
        refused()
    }

    fn set_wifi_power_save(&self, _: &str, _: bool) -> io::Result<()> {
        refused()
    }

    fn set_period(&self, _: &str, _: u32) -> io::Result<()> {
        refused()
    }
}
