//! A host that runs: behind its lock, looked after by a thread of its own, with its clients connected.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mod_protocol::Feedback;

use crate::host::Host;
use crate::server::FeedbackHub;

/// Time between two writes of the state file, if the board has changed.
const STATE_PERIOD: Duration = Duration::from_secs(1);

/// A host with the thread that looks after it. Dropping it stops that thread; the host lives on with its other owners.
#[derive(Debug)]
pub struct Service {
    host: Arc<Mutex<Host>>,
    stop: Arc<AtomicBool>,
    looks: Arc<AtomicU64>,
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
        let looks = Arc::new(AtomicU64::new(0));
        let (ours, stopping, counted) = (host.clone(), stop.clone(), looks.clone());
        let thread = std::thread::Builder::new().name("engine-host".into()).spawn(move || {
            let mut saved = Instant::now();
            while !stopping.load(Ordering::Acquire) {
                counted.fetch_add(1, Ordering::Relaxed);
                let (feedback, kept, pace) = {
                    let mut host = lock(&ours);
                    host.tick();
                    let due = saved.elapsed() >= STATE_PERIOD;
                    let kept = if due { host.to_keep() } else { None };
                    (host.take_feedback(), kept, host.pace())
                };
                feedback.iter().for_each(&hear);
                if !feedback.is_empty() {
                    hub.send_all(&feedback);
                }
                if let Some(kept) = kept {
                    saved = Instant::now();
                    // Without the lock: a disk may take its time, and a press on the pedal must not wait for it.
                    match kept.write() {
                        Ok(written) => lock(&ours).kept(&written),
                        Err(error) => {
                            tracing::error!(%error, "the board could not be kept for the next start");
                            lock(&ours).not_kept(&kept);
                        }
                    }
                }
                std::thread::park_timeout(pace);
            }
        })?;
        Ok(Self { host, stop, looks, thread: Some(thread) })
    }

    /// The host, for a server.
    pub fn host(&self) -> Arc<Mutex<Host>> {
        self.host.clone()
    }

    /// The host, now. Hold it shortly.
    pub fn lock(&self) -> MutexGuard<'_, Host> {
        lock(&self.host)
    }

    /// How often the thread has looked after the host so far.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn lock(host: &Mutex<Host>) -> MutexGuard<'_, Host> {
    // a panic in one command must not silence the others: the board stays as it was
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::{Engine, EngineSettings};
    use crate::host::{HostOptions, IDLE};

    #[test]
    fn a_host_with_nothing_to_do_is_seldom_looked_at() {
        let (_engine, handle) = Engine::new(&EngineSettings::default()).expect("no threads");
        let options = HostOptions::default();
        let plugins = crate::lv2::Lv2Plugins::new(options.sample_rate, options.period, Some(""))
            .expect("lilv without plugins");
        let start = Instant::now();
        let clock = Box::new(move || start.elapsed());
        let host = Host::new(options, handle, Box::new(plugins), None, clock);
        let hub = FeedbackHub::new().expect("a descriptor");
        let service = Service::start(host, hub, |_| {}).expect("a thread");
        let after = Duration::from_millis(250);
        while start.elapsed() < after {
            std::thread::sleep(after - start.elapsed());
        }
        let (looks, from) = (service.looks(), Instant::now());
        std::thread::sleep(Duration::from_secs(1));
        // A slow machine looks less often, never more.
        let most = (from.elapsed().as_nanos() / IDLE.as_nanos()) as u64 + 2;
        let looked = service.looks() - looks;
        assert!((1..=most).contains(&looked), "{looked} times, at most {most}");
    }
}
