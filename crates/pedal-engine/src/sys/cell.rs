//! A value that one thread at a time may touch, without ever waiting.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// A value behind a flag: [`Exclusive::try_hold`] either gets it at once or not at all. Real-time safe.
pub struct Exclusive<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the flag lets only one thread at a time reach the value (acquire on taking, release on giving back), so
// sharing the cell moves the value between threads and never shares it: `T: Send` suffices.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// The value, unless somebody holds it. Never waits.
    pub fn try_hold(&self) -> Option<Held<'_, T>> {
        (!self.held.swap(true, Ordering::Acquire)).then(|| Held { cell: self, alone: PhantomData })
    }

    /// The value, waiting for whoever holds it. Not for the audio thread.
    pub fn hold(&self) -> Held<'_, T> {
        loop {
            if let Some(held) = self.try_hold() {
                return held;
            }
            std::thread::yield_now();
        }
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclusive").field("held", &self.held).finish_non_exhaustive()
    }
}

/// The right to use the value of an [`Exclusive`]; given back when dropped.
pub struct Held<'a, T> {
    cell: &'a Exclusive<T>,
    /// Not to be shared between threads: the value need not be fit for that.
    alone: PhantomData<Cell<()>>,
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard exists only while the flag is ours, so nobody else has a reference.
        unsafe { &*self.cell.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` excludes other references through this guard.
        unsafe { &mut *self.cell.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.cell.held.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let cell = Exclusive::new(1);
        let mut first = cell.try_hold().expect("free");
        assert!(cell.try_hold().is_none());
        *first = 2;
        drop(first);
        assert_eq!(*cell.try_hold().expect("free again"), 2);
    }
}
