//! Which thread is inside `run`, so that what a plugin calls can tell the real-time thread from the others.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Zero while nobody runs the plugin.
#[derive(Debug, Default)]
pub(crate) struct RunMark(AtomicUsize);

impl RunMark {
    fn me() -> usize {
        // SAFETY: always succeeds; no system call.
        unsafe { libc::pthread_self() as usize }
    }

    pub(crate) fn begin(&self) {
        self.0.store(Self::me(), Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether the calling thread is the one inside `run`. Only that thread can get `true`, so relaxed order is
    /// enough: a thread sees its own stores.
    pub(crate) fn is_here(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::me()
    }
}
