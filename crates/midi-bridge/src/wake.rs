//! Waking a thread that sleeps in `poll`, from anywhere.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{EventfdFlags, eventfd};

/// Something to wake by: an eventfd that many may write and one sleeps on.
///
/// Waking is the one system call that the JACK callback makes, and only when it has something to hand over; it cannot
/// block, because the descriptor does not.
#[derive(Debug, Clone)]
pub struct Wake(Arc<OwnedFd>);

impl Wake {
    /// A new one.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// Wakes the sleeper, or keeps it from falling asleep.
    pub fn wake(&self) {
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }

    /// Forgets all wake-ups so far. Look for work after this call, not before.
    pub fn clear(&self) {
        let _ = rustix::io::read(&*self.0, &mut [0_u8; 8]);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Asks a worker to end, and wakes it for that.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    wake: Wake,
}

impl Stop {
    /// For the worker that sleeps on `wake`.
    pub fn new(wake: Wake) -> Self {
        Self { asked: Arc::new(AtomicBool::new(false)), wake }
    }

    /// Asks.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Release);
        self.wake.wake();
    }

    /// Whether somebody asked.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// What the worker sleeps on.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Asks when SIGTERM or SIGINT comes.
    ///
    /// # Errors
    /// When the handlers cannot be installed.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let mut signals = signal_hook::iterator::Signals::new([libc::SIGTERM, libc::SIGINT])?;
        let stop = self.clone();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for _ in signals.forever() {
                stop.ask();
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    fn ready(wake: &Wake) -> usize {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(wake, PollFlags::IN)], Some(&now)).unwrap()
    }

    #[test]
    fn wake_ups_are_remembered_until_they_are_cleared() {
        let wake = Wake::new().unwrap();
        assert_eq!(ready(&wake), 0);
        wake.wake();
        wake.wake();
        assert_eq!(ready(&wake), 1);
        wake.clear();
        assert_eq!(ready(&wake), 0);
        let stop = Stop::new(wake.clone());
        stop.clone().ask();
        assert!(stop.asked());
        assert_eq!(ready(&wake), 1);
    }
}
