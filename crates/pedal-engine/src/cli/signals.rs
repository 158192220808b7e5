//! Signals that end the program in order.

use super::failure::Failure;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// SIGTERM, SIGINT and SIGHUP, as a queue.
pub(super) struct Ending {
    came: Receiver<i32>,
}

impl Ending {
    /// Catches the signals from here on. A second one ends the program at once.
    pub(super) fn watch() -> Result<Self, Failure> {
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
            .map_err(|error| Failure::run(format!("cannot catch signals: {error}")))?;
        let (send, came) = channel();
        let work = move || {
            let mut asked = false;
            for signal in signals.forever() {
                if asked {
                    std::process::exit(128 + signal);
                }
                asked = true;
                let _ = send.send(signal);
            }
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(work)
            .map_err(|error| Failure::run(format!("cannot start a thread: {error}")))?;
        Ok(Self { came })
    }

    /// Waits up to `time`; whether the end was asked for.
    pub(super) fn within(&self, time: Duration) -> bool {
        match self.came.recv_timeout(time) {
            Ok(_) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        }
    }
}
