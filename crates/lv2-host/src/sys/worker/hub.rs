//! The hub that wakes workers, and the ticker that keeps it going.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Shared, locked};

/// Wakes the worker threads of all plugins: the real-time thread only leaves a mark, because waking a thread is
/// a system call.
///
/// Clone it freely. Somebody must call [`WorkerHub::poll`] every few milliseconds, or keep a [`Ticker`].
#[derive(Clone, Default)]
pub struct WorkerHub {
    pub(super) workers: Arc<Mutex<Vec<Weak<Shared>>>>,
}

/// Calls [`WorkerHub::poll`] from a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Ticker {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerHub {
    /// A hub without workers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes the workers that have something to do. Any thread but the real-time one; makes a system call for
    /// each worker that it wakes, none when nothing waits. Returns whether it woke any.
    pub fn poll(&self) -> bool {
        let mut woken = false;
        locked(&self.workers).retain(|worker| {
            let Some(worker) = worker.upgrade() else { return false };
            if worker.pending.swap(false, Ordering::AcqRel)
                && let Some(thread) = worker.thread.get()
            {
                thread.unpark();
                woken = true;
            }
            true
        });
        woken
    }

    /// Starts a thread that polls each `period` until the ticker is dropped.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn spawn_ticker(&self, period: Duration) -> std::io::Result<Ticker> {
        let (stop, stopped) = mpsc::channel();
        let hub = self.clone();
        let thread = thread::Builder::new().name("lv2-worker-hub".into()).spawn(move || {
            while stopped.recv_timeout(period) == Err(mpsc::RecvTimeoutError::Timeout) {
                hub.poll();
            }
        })?;
        Ok(Ticker { stop: Some(stop), thread: Some(thread) })
    }
}

impl std::fmt::Debug for WorkerHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WorkerHub")
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
