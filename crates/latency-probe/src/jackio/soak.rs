//! Xruns over time, with what the server's own callback does not tell: gaps in frame time, lost cycles, and content that
//! does not come back as it was sent.

use super::graph::refuse_when_busy;
use super::{Busy, JackError, open};
use crate::result::{Origin, Verdict};
use crate::sched::{Load, Stress};
use crate::soak::{Cause, Clues, Content, Incident, Kind, SoakReport, attribute};
use crate::stats::{Histogram, poisson_upper, poisson_words};
use crate::sys;
use ::jack::{
    AsyncClient, AudioIn, AudioOut, Client, Control, NotificationHandler, Port, ProcessHandler, ProcessScope,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

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

/// The counter in the content runs modulo this; a value is the counter's number times 2⁻³², below −60 dBFS and exact in f32.
const MODULUS: u32 = (1 << 22) - 1;
const UNIT: f32 = 1.0 / 4_294_967_296.0;
/// Kept singly; more are only counted.
const MOST_INCIDENTS: usize = 1_000;

/// Something a cycle noticed.
#[derive(Debug, Clone, Copy)]
struct Event {
    at_us: u64,
    kind: Kind,
    /// Frames lost for a gap or a jump, µs for a late or long callback.
    amount: i64,
}

#[derive(Debug, Default)]
struct Shared {
    cycles: AtomicU64,
    xruns: AtomicU64,
    unseen: AtomicU64,
    thread: AtomicI32,
    matched: AtomicU64,
}

struct Soaker {
    input: Port<AudioIn>,
    output: Port<AudioOut>,
    events: rtrb::Producer<Event>,
    lateness: rtrb::Producer<u32>,
    shared: Arc<Shared>,
    expected: Option<u32>,
    counter: u32,
    heard: Option<u32>,
    load: f64,
    inject_every: u64,
    inject_left: u32,
}

impl Soaker {
    fn tell(&mut self, at_us: u64, kind: Kind, amount: i64) {
        if self.events.push(Event { at_us, kind, amount }).is_err() {
            self.shared.unseen.fetch_add(1, Relaxed);
        }
    }

    /// Compares what came back with what must follow; at most one event for a cycle.
    fn listen(&mut self, scope: &ProcessScope, at_us: u64) {
        let mut jump = None;
        let mut matched = 0;
        for value in self.input.as_slice(scope) {
            let number = f64::from(*value / UNIT);
            let valid = (1.0..=f64::from(MODULUS)).contains(&number) && number.fract() == 0.0;
            let now = valid.then(|| number as u32 - 1);
            match (self.heard, now) {
                (Some(before), Some(now)) => {
                    let next = (before + 1) % MODULUS;
                    if now == next {
                        matched += 1;
                    } else {
                        let modulus = i64::from(MODULUS);
                        let ahead = (i64::from(now) - i64::from(next)).rem_euclid(modulus);
                        jump.get_or_insert(if ahead > modulus / 2 { ahead - modulus } else { ahead });
                    }
                }
                (Some(_), None) => {
                    jump.get_or_insert(0);
                }
                (None, _) => {}
            }
            self.heard = now;
        }
        self.shared.matched.fetch_add(matched, Relaxed);
        if let Some(frames) = jump {
            self.tell(at_us, Kind::Content, frames);
        }
    }
}

impl ProcessHandler for Soaker {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let begin = client.time();
        let frames = scope.n_frames();
        let period_us = u64::from(frames) * 1_000_000 / u64::from(client.sample_rate().max(1));
        let cycle = self.shared.cycles.fetch_add(1, Relaxed);
        if cycle == 0 {
            self.shared.thread.store(sys::thread_id(), Relaxed);
        }
        let now = scope.last_frame_time();
        if let Some(expected) = self.expected.filter(|e| *e != now) {
            self.tell(begin, Kind::Gap, i64::from(now.wrapping_sub(expected) as i32));
        }
        self.expected = Some(now.wrapping_add(frames));
        if let Ok(times) = scope.cycle_times() {
            let late = begin.saturating_sub(times.current_usecs);
            // A full ring loses a sample of a statistic, nothing more.
            let _ = self.lateness.push(u32::try_from(late).unwrap_or(u32::MAX));
            if late > period_us {
                self.tell(begin, Kind::Late, late as i64);
            }
        }
        self.listen(scope, begin);
        for value in self.output.as_mut_slice(scope) {
            *value = (self.counter + 1) as f32 * UNIT;
            self.counter = (self.counter + 1) % MODULUS;
        }
        let inject = self.inject_left > 0 && cycle > 0 && cycle.is_multiple_of(self.inject_every);
        let burn = if inject {
            self.inject_left -= 1;
            2 * period_us + period_us / 4
        } else {
            (period_us as f64 * self.load) as u64
        };
        while client.time() < begin + burn {
            std::hint::spin_loop();
        }
        let took = client.time() - begin;
        if took > period_us {
            self.tell(begin, Kind::Overrun, took as i64);
        }
        Control::Continue
    }

    fn buffer_size(&mut self, _: &Client, _: u32) -> Control {
        self.expected = None;
        self.heard = None;
        Control::Continue
    }
}

struct Notices(Arc<Shared>);

impl NotificationHandler for Notices {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, Relaxed);
        Control::Continue
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

/// Events that belong together become one incident.
struct Incidents {
    list: Vec<Incident>,
    total: u64,
    by_kind: std::collections::BTreeMap<Kind, u64>,
    lost_frames: i64,
    first_us: u64,
    last_us: u64,
    window_us: u64,
    start_us: u64,
    period_us: f64,
    clues: Clues,
}

impl Incidents {
    fn new(period: u32, rate: u32, start_us: u64) -> Self {
        let period_us = f64::from(period) * 1e6 / f64::from(rate.max(1));
        Self {
            list: Vec::new(),
            total: 0,
            by_kind: Default::default(),
            lost_frames: 0,
            first_us: 0,
            last_us: 0,
            // The echo of an overrun in the content comes a few periods later, the server's word up to a tick later.
            window_us: (6.0 * period_us) as u64 + 30_000,
            start_us,
            period_us,
            clues: Clues::default(),
        }
    }

    fn add(&mut self, event: Event, clues: &Clues) {
        *self.by_kind.entry(event.kind).or_default() += 1;
        if event.kind == Kind::Gap {
            self.lost_frames += event.amount;
        }
        // Trouble without end is not one event: after two windows the next one begins.
        let joins = self.total > 0
            && event.at_us <= self.last_us + self.window_us
            && event.at_us <= self.first_us + 2 * self.window_us;
        self.last_us = self.last_us.max(event.at_us);
        if !joins {
            self.total += 1;
            self.first_us = event.at_us;
            self.clues = Clues::default();
            if self.list.len() < MOST_INCIDENTS {
                let at_ms = event.at_us.saturating_sub(self.start_us) as f64 / 1000.0;
                self.list.push(Incident { at_ms, ..Default::default() });
            }
        }
        self.clues.run_delay_us = self.clues.run_delay_us.max(clues.run_delay_us);
        self.clues.steal_ms = self.clues.steal_ms.max(clues.steal_ms);
        let whole = self.total as usize == self.list.len();
        let Some(last) = self.list.last_mut().filter(|_| whole) else { return };
        if !last.kinds.contains(&event.kind) {
            last.kinds.push(event.kind);
        }
        match event.kind {
            Kind::Gap => last.frames += event.amount,
            Kind::Late => self.clues.late_us = self.clues.late_us.max(event.amount as f64),
            Kind::Overrun => self.clues.own_us = self.clues.own_us.max(event.amount as f64),
            Kind::Content | Kind::Xrun => {}
        }
        last.cause = attribute(&self.clues, self.period_us);
    }

    fn by_cause(&self) -> std::collections::BTreeMap<Cause, u64> {
        let mut counts = std::collections::BTreeMap::new();
        for incident in &self.list {
            *counts.entry(incident.cause).or_default() += 1;
        }
        counts
    }
}

/// Kernel counters that tell why a thread ran late.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    run_delay_ns: u64,
    steal_ticks: u64,
}

impl Clock {
    fn read(thread: i32) -> Self {
        let field = |path: String, line: &str, index: usize| -> u64 {
            std::fs::read_to_string(path)
                .ok()
                .and_then(|text| {
                    let line = text.lines().find(|l| l.starts_with(line))?.to_owned();
                    line.split_whitespace().nth(index)?.parse().ok()
                })
                .unwrap_or(0)
        };
        Self {
            run_delay_ns: field(format!("/proc/self/task/{thread}/schedstat"), "", 1),
            steal_ticks: field("/proc/stat".to_owned(), "cpu ", 8),
        }
    }

    fn since(&self, before: &Self) -> Clues {
        Clues {
            run_delay_us: self.run_delay_ns.saturating_sub(before.run_delay_ns) as f64 / 1000.0,
            steal_ms: self.steal_ticks.saturating_sub(before.steal_ticks) as f64 * 10.0,
            ..Default::default()
        }
    }
}
