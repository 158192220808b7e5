//! A value that only the thread inside `run` touches.

use std::cell::UnsafeCell;

pub(crate) struct RunCell<T>(UnsafeCell<T>);

// SAFETY: every access is unsafe and promises to come from the thread inside `run`; there is one at a time.
unsafe impl<T: Send> Sync for RunCell<T> {}

impl<T> RunCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// # Safety
    /// On the thread inside `run`, and no other borrow of the value lives.
    #[allow(clippy::mut_from_ref, reason = "that is what the promise is for")]
    pub(crate) unsafe fn get(&self) -> &mut T {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.get() }
    }

    /// For borrows of single fields.
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}
