//! The thread beside the cycle: it gathers what the callback told, until the time is over.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use ::jack::Client;

use super::SoakConfig;
use super::callback::{Event, Shared};
use super::incidents::{Clock, Incidents};
use crate::jackio::JackError;
use crate::result::{Origin, Verdict};
use crate::soak::{Clues, Content, Kind, SoakReport};
use crate::stats::{Histogram, poisson_upper, poisson_words};
use crate::sys;

/// A server that calls nobody for this long is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// What has been seen since the loop had settled.
pub(super) struct Watch<'a> {
    config: &'a SoakConfig,
    client: &'a Client,
    shared: &'a Shared,
    period: u32,
    rate: u32,
    events: rtrb::Consumer<Event>,
    lateness: rtrb::Consumer<u32>,
    start: Instant,
    /// Cycles and compared frames before the start.
    before: (u64, u64),
    /// Xruns that were counted already.
    xruns: u64,
    incidents: Incidents,
    late: Histogram,
    /// The server's own load: highest, sum and number of readings.
    load: (f32, f64, u32),
}

impl<'a> Watch<'a> {
    /// Begins to count. What happened before is forgotten.
    pub(super) fn begin(
        config: &'a SoakConfig,
        client: &'a Client,
        shared: &'a Shared,
        mut events: rtrb::Consumer<Event>,
        lateness: rtrb::Consumer<u32>,
    ) -> Self {
        while events.pop().is_ok() {}
        let (period, rate) = (client.buffer_size(), client.sample_rate());
        Self {
            before: (shared.cycles.load(Relaxed), shared.matched.load(Relaxed)),
            xruns: shared.xruns.load(Relaxed),
            start: Instant::now(),
            incidents: Incidents::new(period, rate, client.time()),
            late: Histogram::default(),
            load: (0.0, 0.0, 0),
            config,
            client,
            shared,
            period,
            rate,
            events,
            lateness,
        }
    }

    /// Counts until the time is over, somebody ends the program, or there were events enough.
    pub(super) fn run(&mut self, progress: &mut dyn FnMut(f64, u64)) -> Result<(), JackError> {
        let mut moved = (self.before.0, Instant::now());
        let mut clock = Clock::read(self.shared.thread.load(Relaxed));
        let most = self.config.stop_after.unwrap_or(u64::MAX);
        while self.start.elapsed().as_secs_f64() < self.config.seconds
            && !sys::stopping()
            && self.incidents.total < most
        {
            std::thread::sleep(Duration::from_millis(10));
            let now = Clock::read(self.shared.thread.load(Relaxed));
            let clues = now.since(&clock);
            clock = now;
            self.gather(&clues);
            let cycles = self.shared.cycles.load(Relaxed);
            if cycles != moved.0 {
                moved = (cycles, Instant::now());
            } else if moved.1.elapsed() > PATIENCE {
                let what = "soaking".to_owned();
                return Err(JackError::Call { what, why: "the server stopped calling this program".into() });
            }
            progress(self.start.elapsed().as_secs_f64(), self.incidents.total);
        }
        Ok(())
    }

    fn gather(&mut self, clues: &Clues) {
        while let Ok(us) = self.lateness.pop() {
            self.late.add(u64::from(us));
        }
        while let Ok(event) = self.events.pop() {
            self.incidents.add(event, clues);
        }
        let told = self.shared.xruns.load(Relaxed);
        if told != self.xruns {
            let at_us = self.client.time();
            self.incidents.add(Event { at_us, kind: Kind::Xrun, amount: (told - self.xruns) as i64 }, clues);
            self.xruns = told;
        }
        let reading = self.client.cpu_load();
        self.load = (self.load.0.max(reading), self.load.1 + f64::from(reading), self.load.2 + 1);
    }

    pub(super) fn report(self) -> SoakReport {
        let seconds = self.start.elapsed().as_secs_f64();
        let cycles = self.shared.cycles.load(Relaxed) - self.before.0;
        let matched = self.shared.matched.load(Relaxed) - self.before.1;
        let total = self.incidents.total;
        let over = total > self.config.allow;
        let words = poisson_words(total, seconds);
        SoakReport {
            origin: Origin::here(),
            verdict: if over { Verdict::OverTarget } else { Verdict::Pass },
            reason: words.clone(),
            rate: self.rate,
            period: self.period,
            load_percent: self.config.load_percent.min(90),
            stress: self.config.stress.clone(),
            injected: self.config.inject,
            seconds,
            cycles,
            expected_cycles: (seconds * f64::from(self.rate) / f64::from(self.period)) as u64,
            events: total,
            upper_per_minute: poisson_upper(total) * 60.0 / seconds.max(1e-9),
            confidence: words,
            by_kind: self.incidents.by_kind.clone(),
            by_cause: self.incidents.by_cause(),
            lost_frames: self.incidents.lost_frames,
            content: if matched > 0 { Content::Checked { frames: matched } } else { Content::Unavailable },
            unseen: self.shared.unseen.load(Relaxed),
            dsp_load_mean: self.load.1 / f64::from(self.load.2.max(1)),
            dsp_load_max: f64::from(self.load.0),
            lateness: self.late.summary(),
            incidents: self.incidents.list,
        }
    }
}
