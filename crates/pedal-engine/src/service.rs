//! A host that runs: behind its lock, looked after by a thread of its own, with its clients connected.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mod_protocol::Feedback;

use crate::host::Host;
use crate::server::FeedbackHub;

/// Time between two looks at the host.
const TICK: Duration = Duration::from_millis(4);

/// Time between two writes of the state file, if the board has changed.
const STATE_PERIOD: Duration = Duration::from_secs(1);

/// A host with the thread that looks after it. Dropping it stops that thread; the host lives on with its other owners.
#[derive(Debug)]
pub struct Service {
    host: Arc<Mutex<Host>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts to look after `host`. Feedback goes to `hub`, and to `hear` as well.
    pub fn start(
        host: Host,
        hub: FeedbackHub,
        hear: impl Fn(&Feedback) + Send + 'static,
    ) -> std::io::Result<Self> {
        let host = Arc::new(Mutex::new(host));
        let stop = Arc::new(AtomicBool::new(false));
        let (ours, stopping) = (host.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("engine-host".into()).spawn(move || {
            let mut saved = Instant::now();
            while !stopping.load(Ordering::Acquire) {
                let feedback = {
                    let mut host = lock(&ours);
                    host.tick();
                    if saved.elapsed() >= STATE_PERIOD {
                        saved = Instant::now();
                        if let Err(error) = host.save_state_file() {
                            tracing::error!(%error, "the board could not be kept for the next start");
                        }
                    }
                    host.take_feedback()
                };
                feedback.iter().for_each(&hear);
                if !feedback.is_empty() {
                    hub.send_all(&feedback);
                }
                std::thread::sleep(TICK);
            }
        })?;
        Ok(Self { host, stop, thread: Some(thread) })
    }

    /// The host, for a server.
    pub fn host(&self) -> Arc<Mutex<Host>> {
        self.host.clone()
    }

    /// The host, now. Hold it shortly.
    pub fn lock(&self) -> MutexGuard<'_, Host> {
        lock(&self.host)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(host: &Mutex<Host>) -> MutexGuard<'_, Host> {
    // a panic in one command must not silence the others: the board stays as it was
    host.lock().unwrap_or_else(PoisonError::into_inner)
}
