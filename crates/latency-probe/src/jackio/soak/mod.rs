//! Xruns over time, with what the server's own callback does not tell: gaps in frame time, lost cycles, and content that
//! does not come back as it was sent (`callback`). The thread beside it gathers that (`watch`); events that belong together
//! are one incident (`incidents`).

mod callback;
mod incidents;
mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::jack::{AudioIn, AudioOut, Client};

use super::graph::refuse_when_busy;
use super::{Busy, JackError, open};
use crate::sched::{Load, Stress};
use crate::soak::SoakReport;
use crate::sys;
use callback::{Notices, Shared, Soaker};
use watch::Watch;

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
    let register = |e| JackError::call("registering a port", e);
    let input = client.register_port("in", AudioIn::default()).map_err(register)?;
    let output = client.register_port("out", AudioOut::default()).map_err(register)?;
    let naming = |e| JackError::call("naming a port", e);
    let names = (input.name().map_err(naming)?, output.name().map_err(naming)?);
    let before = set_period(&client, config.period)?;
    let cycles = (config.seconds * f64::from(client.sample_rate()) / f64::from(client.buffer_size())) as u64;
    let shared = Arc::new(Shared::default());
    let (events_tx, events) = rtrb::RingBuffer::new(8_192);
    let (late_tx, lateness) = rtrb::RingBuffer::new(16_384);
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
    let client = client
        .activate_async(Notices(shared.clone()), soaker)
        .map_err(|e| JackError::call("activating the client", e))?;
    let client = client.as_client();
    let _restore = Restore { client, period: before };
    connect(client, config, &names)?;
    let stress = Stress::start(&config.stress);
    // The connection itself may cost a cycle: what happens before the loop has settled is not counted.
    wait_or_stop(config.warm_up.clamp(0.5, 60.0));
    let mut watch = Watch::begin(config, client, &shared, events, lateness);
    watch.run(progress)?;
    let report = watch.report();
    drop(stress);
    Ok(report)
}

/// Sets the period, if one is wanted that it is not; what it was before then.
fn set_period(client: &Client, wanted: Option<u32>) -> Result<Option<u32>, JackError> {
    let before = client.buffer_size();
    let Some(period) = wanted.filter(|period| *period != before) else { return Ok(None) };
    client
        .set_buffer_size(period)
        .map_err(|e| JackError::call(format!("setting the period to {period} frames"), e))?;
    Ok(Some(before))
}

/// Connects our ports, the input and the output, to the loop, or to each other.
fn connect(
    client: &Client,
    config: &SoakConfig,
    (my_in, my_out): &(String, String),
) -> Result<(), JackError> {
    let connect = |from: &str, to: &str| {
        client
            .connect_ports_by_name(from, to)
            .map_err(|e| JackError::call(format!("connecting {from} to {to}"), e))
    };
    match (&config.send, &config.receive) {
        (Some(send), Some(receive)) => {
            connect(my_out, send)?;
            connect(receive, my_in)
        }
        _ => connect(my_out, my_in),
    }
}

/// Waits so many seconds, less when SIGINT or SIGTERM arrives.
fn wait_or_stop(seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end && !sys::stopping() {
        std::thread::sleep(Duration::from_millis(10));
    }
}
