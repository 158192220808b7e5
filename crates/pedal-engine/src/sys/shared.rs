//! A value with one writer or several readers at a time, without ever waiting.

use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

const WRITER: u32 = 1 << 31;

/// A value behind a count of readers: [`Shared::try_read`] and [`Shared::try_write`] get it at once or not at all.
/// Real-time safe.
pub struct Shared<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the count admits either one writer or readers only (acquire on entry, release on leaving), which is what
// a lock does; hence the bounds of `RwLock`.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self { state: AtomicU32::new(0), value: UnsafeCell::new(value) }
    }

    /// The value to read, unless somebody writes it.
    pub fn try_read(&self) -> Option<Reading<'_, T>> {
        if self.state.fetch_add(1, Ordering::Acquire) & WRITER != 0 {
            self.state.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Reading { cell: self })
    }

    /// The value to write, unless somebody else has it.
    pub fn try_write(&self) -> Option<Writing<'_, T>> {
        self.state
            .compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed)
            .ok()
            .map(|_| Writing { cell: self })
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A reader of a [`Shared`] value.
pub struct Reading<'a, T> {
    cell: &'a Shared<T>,
}

impl<T> Deref for Reading<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: while this guard is counted, no writer is admitted.
        unsafe { &*self.cell.value.get() }
    }
}

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        self.cell.state.fetch_sub(1, Ordering::Release);
    }
}

/// The writer of a [`Shared`] value.
pub struct Writing<'a, T> {
    cell: &'a Shared<T>,
}

impl<T> Deref for Writing<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the writer is alone.
        unsafe { &*self.cell.value.get() }
    }
}

impl<T> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the writer is alone, and `&mut self` excludes other references through this guard.
        unsafe { &mut *self.cell.value.get() }
    }
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        self.cell.state.fetch_sub(WRITER, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_together_writer_alone() {
        let cell = Shared::new(1);
        let (a, b) = (cell.try_read().expect("free"), cell.try_read().expect("read only"));
        assert!(cell.try_write().is_none());
        assert_eq!(*a + *b, 2);
        drop((a, b));
        let mut writer = cell.try_write().expect("free");
        *writer = 5;
        assert!(cell.try_read().is_none());
        drop(writer);
        assert_eq!(*cell.try_read().expect("free"), 5);
    }
}
