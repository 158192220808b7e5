//! Handing a process in and out of a thread that must never wait.

use crate::io::Process;
use crossbeam_utils::atomic::AtomicCell;
use std::time::Duration;

/// Holds one process for a real-time thread and a control thread.
///
/// Whoever uses the process takes it out, so that it has one owner at any moment. A second box makes the handle as small
/// as one pointer, which an atomic swap can move.
#[derive(Default)]
pub struct ProcessSlot {
    cell: AtomicCell<Option<Box<Box<dyn Process>>>>,
}

impl ProcessSlot {
    /// An empty slot.
    pub fn new() -> Self {
        Self { cell: AtomicCell::new(None) }
    }

    /// Lends the process to `job`; `None` when the slot is empty or somebody else has the process just now. Real-time
    /// safe if `job` is: two atomic swaps. If `job` panics, the process is dropped.
    pub fn with<R>(&self, job: impl FnOnce(&mut dyn Process) -> R) -> Option<R> {
        let mut process = self.cell.take()?;
        let result = job(&mut **process);
        // Empty unless somebody broke the rule of `put`; then the second process is the one that goes.
        debug_assert!(AtomicCell::<Option<Box<Box<dyn Process>>>>::is_lock_free());
        self.cell.store(Some(process));
        Some(result)
    }

    /// Puts a process in. Not for the real-time thread. The slot must be empty, i.e. taken or new.
    pub fn put(&self, process: Box<dyn Process>) {
        self.cell.store(Some(Box::new(process)));
    }

    /// Takes the process out for good; waits up to `patience` for the real-time thread to hand it back. Not for the
    /// real-time thread.
    pub fn take(&self, patience: Duration) -> Option<Box<dyn Process>> {
        const STEP: Duration = Duration::from_micros(200);
        for _ in 0..=patience.as_nanos() / STEP.as_nanos() {
            if let Some(process) = self.cell.take() {
                return Some(*process);
            }
            std::thread::sleep(STEP);
        }
        None
    }

    /// Like [`ProcessSlot::with`], but waits up to `patience` for the process. Not for the real-time thread.
    pub fn with_patience<R>(&self, patience: Duration, job: impl FnOnce(&mut dyn Process) -> R) -> Option<R> {
        let mut process = self.take(patience)?;
        let result = job(&mut *process);
        self.put(process);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Block;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    struct Count(usize);

    impl Process for Count {
        fn process(&mut self, _: &mut Block<'_, '_>) {}
        fn xrun(&mut self, count: u32) {
            self.0 += count as usize;
        }
        fn set_max_frames(&mut self, _: usize) {}
    }

    #[test]
    fn is_one_machine_word_without_a_lock() {
        assert!(AtomicCell::<Option<Box<Box<dyn Process>>>>::is_lock_free());
    }

    #[test]
    fn lends_without_allocating_and_gives_back() {
        let slot = ProcessSlot::new();
        assert!(slot.with(|_| ()).is_none());
        slot.put(Box::new(Count(0)));
        assert_no_alloc::assert_no_alloc(|| {
            for _ in 0..1000 {
                slot.with(|process| process.xrun(1)).expect("it is there");
            }
        });
        assert!(slot.take(Duration::ZERO).is_some());
        assert!(slot.take(Duration::from_millis(1)).is_none());
    }

    #[test]
    fn two_threads_never_hold_it_together() {
        let (slot, busy, stop) = (ProcessSlot::new(), AtomicBool::new(false), AtomicBool::new(false));
        slot.put(Box::new(Count(0)));
        let exclusive = |process: &mut dyn Process| {
            assert!(!busy.swap(true, SeqCst), "two owners");
            process.xrun(1);
            busy.store(false, SeqCst);
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(SeqCst) {
                    slot.with(exclusive);
                }
            });
            for _ in 0..200 {
                slot.with_patience(Duration::from_secs(5), exclusive).expect("handed back");
            }
            stop.store(true, SeqCst);
        });
        assert!(slot.take(Duration::ZERO).is_some());
    }
}
