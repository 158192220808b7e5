//! A real-time thread of our own that calls a process: what the back ends without a server have in common.

use super::{BackendState, BackendStats, ProcessSlot, StartError};
use crate::io::Process;
use crate::sys::thread;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the thread and its owner share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) slot: ProcessSlot,
    pub(super) periods: AtomicU64,
    pub(super) xruns: AtomicU64,
    stop: AtomicBool,
    /// Why the thread ended by itself.
    lost: Mutex<Option<String>>,
}

impl Shared {
    /// Whether the thread is to end.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// Counts lost periods and tells the process. Real-time safe.
    pub(super) fn lose(&self, count: u64) {
        self.xruns.fetch_add(count, Relaxed);
        self.slot.with(|process| process.xrun(u32::try_from(count).unwrap_or(u32::MAX)));
    }
}

/// The thread, running or not. Dropping it ends the thread.
pub(super) struct OwnThread {
    name: &'static str,
    priority: Option<i32>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl OwnThread {
    /// No thread yet; `priority` is that of `SCHED_FIFO`, 1–99, or none for an ordinary thread.
    pub(super) fn new(name: &'static str, priority: Option<i32>) -> Self {
        Self { name, priority, shared: Arc::default(), thread: None }
    }

    /// Takes the process for blocks of `period` frames. Counters begin anew.
    pub(super) fn take(&mut self, mut process: Box<dyn Process>, period: usize) -> Result<(), StartError> {
        if self.thread.is_some() {
            return Err(StartError::Running);
        }
        process.set_max_frames(period);
        self.shared = Arc::default();
        self.shared.slot.put(process);
        Ok(())
    }

    /// Runs `work` on a new thread until [`Shared::is_stopping`]; an error is why it ended before. A refused priority is
    /// logged and the thread runs on.
    pub(super) fn run(
        &mut self,
        work: impl FnOnce(&Shared) -> Result<(), String> + Send + 'static,
    ) -> Result<(), StartError> {
        let (priority, shared) = (self.priority, Arc::clone(&self.shared));
        let body = move || {
            if let Some(priority) = priority
                && let Err(error) = thread::set_fifo(priority)
            {
                tracing::warn!("no real-time scheduling ({error}): expect xruns; raise the rtprio limit");
            }
            if let Err(why) = work(&shared) {
                *shared.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
        };
        let spawned = std::thread::Builder::new().name(self.name.to_owned()).spawn(body);
        self.thread = Some(spawned.map_err(StartError::Thread)?);
        Ok(())
    }

    /// Ends the thread and gives the process back; a panic took it along.
    pub(super) fn stop(&mut self) -> Option<Box<dyn Process>> {
        self.shared.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.shared.slot.take(Duration::ZERO)
    }

    pub(super) fn stats(&self) -> BackendStats {
        let Shared { periods, xruns, .. } = &*self.shared;
        BackendStats { periods: periods.load(Relaxed), xruns: xruns.load(Relaxed), server_load: None }
    }

    pub(super) fn state(&self) -> BackendState {
        match &self.thread {
            None => BackendState::Stopped,
            Some(thread) if thread.is_finished() => {
                let lost = self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner);
                let why = lost.clone().unwrap_or_else(|| "the engine's callback panicked".to_owned());
                BackendState::Lost(why)
            }
            Some(_) => BackendState::Running,
        }
    }

    /// The priority that the thread has or will get: none where the system refuses it.
    pub(super) fn real_time_priority(&self) -> Option<u8> {
        let wanted = u8::try_from(self.priority?).ok()?;
        thread::may_have_fifo(wanted).then_some(wanted)
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        self.stop();
    }
}
