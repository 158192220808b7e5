//! Xruns over time, with what the server's own callback does not tell: gaps in frame time, lost cycles, and content that
//! does not come back as it was sent (`callback`). Events that belong together are one incident (`incidents`).

mod callback;
mod incidents;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use ::jack::{AsyncClient, AudioIn, AudioOut, Client};

use super::graph::refuse_when_busy;
use super::{Busy, JackError, open};
use crate::result::{Origin, Verdict};
use crate::sched::{Load, Stress};
use crate::soak::{Content, Kind, SoakReport};
use crate::stats::{Histogram, poisson_upper, poisson_words};
use crate::sys;
use callback::{Event, Notices, Shared, Soaker};
use incidents::{Clock, Incidents};

/// How to soak.
#[derive(Debug, Clone, PartialEq)]
pub struct SoakConfig {
    /// Port to play into; with `receive`, the loop that carries the content. Default: our own input.
    pub send: Option<String>,
    /// Port to listen to.
    pub receive: Option<String>,
    /// Period to set for the time of the run; the old one is restored.
    pub period: Option<u32>,
    /// How long, in seconds.
    pub seconds: f64,
    /// Share of each period that the callback burns, 0–90 %.
    pub load_percent: u32,
    /// Stressors beside it.
    pub stress: Vec<Load>,
    /// Overruns made on purpose: the callback takes two periods so many times.
    pub inject: u32,
    /// Events that still pass.
    pub allow: u64,
    /// Refuse when somebody plays, by this rule.
    pub busy: Option<Busy>,
    /// Seconds that are run before anything is counted, at least 0.5: the connection itself may cost a cycle.
    pub warm_up: f64,
    /// End as soon as there were so many events; a search has no use for the rest.
    pub stop_after: Option<u64>,
}

impl Default for SoakConfig {
    fn default() -> Self {
        Self {
            send: None,
            receive: None,
            period: None,
            seconds: 60.0,
            load_percent: 50,
            stress: Vec::new(),
            inject: 0,
            allow: 0,
            busy: Some(Busy::Connected),
            warm_up: 0.5,
            stop_after: None,
        }
    }
}

/// Puts the buffer size back, also when the run fails.
struct Restore<'a> {
    client: &'a Client,
    period: Option<u32>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if let Some(period) = self.period {
            // Only a server that is gone refuses; then there is nothing to restore.
            let _ = self.client.set_buffer_size(period);
        }
    }
}

/// Soaks for the whole time, or until SIGINT; `progress` hears the seconds that passed and the events so far.
///
/// # Errors
/// [`JackError`], also when the server stops on the way.
pub fn soak(
    name: &str,
    config: &SoakConfig,
    progress: &mut dyn FnMut(f64, u64),
) -> Result<SoakReport, JackError> {
    let client = open(name)?;
    if let Some(when) = config.busy {
        refuse_when_busy(&client, when)?;
    }
    let rate = client.sample_rate();
    let register = |e| JackError::call("registering a port", e);
    let input = client.register_port("in", AudioIn::default()).map_err(register)?;
    let output = client.register_port("out", AudioOut::default()).map_err(register)?;
    let naming = |e| JackError::call("naming a port", e);
    let (my_in, my_out) = (input.name().map_err(naming)?, output.name().map_err(naming)?);
    let before = client.buffer_size();
    let mut restore = None;
    if let Some(period) = config.period.filter(|p| *p != before) {
        client
            .set_buffer_size(period)
            .map_err(|e| JackError::call(format!("setting the period to {period} frames"), e))?;
        restore = Some(before);
    }
    let period = client.buffer_size();
    let cycles = (config.seconds * f64::from(rate) / f64::from(period)) as u64;
    let shared = Arc::new(Shared::default());
    let (events_tx, mut events) = rtrb::RingBuffer::new(8_192);
    let (late_tx, mut lateness) = rtrb::RingBuffer::new(16_384);
    let soaker = Soaker {
        input,
        output,
        events: events_tx,
        lateness: late_tx,
        shared: shared.clone(),
        expected: None,
        counter: 0,
        heard: None,
        load: f64::from(config.load_percent.min(90)) / 100.0,
        inject_every: (cycles / u64::from(config.inject.max(1) + 1)).max(8),
        inject_left: config.inject,
    };
    let client: AsyncClient<_, _> = client
        .activate_async(Notices(shared.clone()), soaker)
        .map_err(|e| JackError::call("activating the client", e))?;
    let client = client;
    let _restore = Restore { client: client.as_client(), period: restore };
    let connect = |from: &str, to: &str| {
        client
            .as_client()
            .connect_ports_by_name(from, to)
            .map_err(|e| JackError::call(format!("connecting {from} to {to}"), e))
    };
    match (&config.send, &config.receive) {
        (Some(send), Some(receive)) => {
            connect(&my_out, send)?;
            connect(receive, &my_in)?;
        }
        _ => connect(&my_out, &my_in)?,
    }
    let stress = Stress::start(&config.stress);
    // The connection itself may cost a cycle: what happens before the loop has settled is not counted.
    wait_or_stop(config.warm_up.clamp(0.5, 60.0));
    while events.pop().is_ok() {}
    let zero = (shared.cycles.load(Relaxed), shared.xruns.load(Relaxed), shared.matched.load(Relaxed));
    let start = Instant::now();
    let start_us = client.as_client().time();

    let mut incidents = Incidents::new(period, rate, start_us);
    let mut late = Histogram::default();
    let mut seen_cycles = (zero.0, Instant::now());
    let mut xruns = zero.1;
    let mut load = (0.0f32, 0.0f64, 0u32);
    let mut clock = Clock::read(shared.thread.load(Relaxed));
    let enough = |events: u64| config.stop_after.is_some_and(|most| events >= most);
    while start.elapsed().as_secs_f64() < config.seconds && !sys::stopping() && !enough(incidents.total) {
        std::thread::sleep(Duration::from_millis(10));
        let now = Clock::read(shared.thread.load(Relaxed));
        let clues = now.since(&clock);
        clock = now;
        while let Ok(us) = lateness.pop() {
            late.add(u64::from(us));
        }
        while let Ok(event) = events.pop() {
            incidents.add(event, &clues);
        }
        let told = shared.xruns.load(Relaxed);
        if told != xruns {
            let at_us = client.as_client().time();
            incidents.add(Event { at_us, kind: Kind::Xrun, amount: (told - xruns) as i64 }, &clues);
            xruns = told;
        }
        let reading = client.as_client().cpu_load();
        load = (load.0.max(reading), load.1 + f64::from(reading), load.2 + 1);
        let cycles = shared.cycles.load(Relaxed);
        if cycles != seen_cycles.0 {
            seen_cycles = (cycles, Instant::now());
        } else if seen_cycles.1.elapsed() > Duration::from_secs(2) {
            let what = "soaking".to_owned();
            return Err(JackError::Call { what, why: "the server stopped calling this program".into() });
        }
        progress(start.elapsed().as_secs_f64(), incidents.total);
    }
    let seconds = start.elapsed().as_secs_f64();
    let ran = shared.cycles.load(Relaxed) - zero.0;
    drop(stress);
    let matched = shared.matched.load(Relaxed) - zero.2;
    let total = incidents.total;
    let over = total > config.allow;
    let words = poisson_words(total, seconds);
    Ok(SoakReport {
        origin: Origin::here(),
        verdict: if over { Verdict::OverTarget } else { Verdict::Pass },
        reason: words.clone(),
        rate,
        period,
        load_percent: config.load_percent.min(90),
        stress: config.stress.clone(),
        injected: config.inject,
        seconds,
        cycles: ran,
        expected_cycles: (seconds * f64::from(rate) / f64::from(period)) as u64,
        events: total,
        upper_per_minute: poisson_upper(total) * 60.0 / seconds.max(1e-9),
        confidence: words,
        by_kind: incidents.by_kind.clone(),
        by_cause: incidents.by_cause(),
        lost_frames: incidents.lost_frames,
        content: if matched > 0 { Content::Checked { frames: matched } } else { Content::Unavailable },
        unseen: shared.unseen.load(Relaxed),
        dsp_load_mean: load.1 / f64::from(load.2.max(1)),
        dsp_load_max: f64::from(load.0),
        lateness: late.summary(),
        incidents: incidents.list,
    })
}

/// Waits so many seconds, less when SIGINT or SIGTERM arrives.
fn wait_or_stop(seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end && !sys::stopping() {
        std::thread::sleep(Duration::from_millis(10));
    }
}
