//! What runs in the server's cycle: it plays numbers, compares what comes back, burns its share, and tells what it noticed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

use ::jack::{AudioIn, AudioOut, Client, Control, NotificationHandler, Port, ProcessHandler, ProcessScope};

use crate::soak::Kind;
use crate::sys;

/// The counter in the content runs modulo this; a value is the counter's number times 2⁻³², below −60 dBFS and exact in f32.
const MODULUS: u32 = (1 << 22) - 1;
const UNIT: f32 = 1.0 / 4_294_967_296.0;

/// Something a cycle noticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) at_us: u64,
    pub(super) kind: Kind,
    /// Frames lost for a gap or a jump, µs for a late or long callback.
    pub(super) amount: i64,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) cycles: AtomicU64,
    pub(super) xruns: AtomicU64,
    pub(super) unseen: AtomicU64,
    pub(super) thread: AtomicI32,
    pub(super) matched: AtomicU64,
}

pub(super) struct Soaker {
    pub(super) input: Port<AudioIn>,
    pub(super) output: Port<AudioOut>,
    pub(super) events: rtrb::Producer<Event>,
    pub(super) lateness: rtrb::Producer<u32>,
    pub(super) shared: Arc<Shared>,
    pub(super) expected: Option<u32>,
    pub(super) counter: u32,
    pub(super) heard: Option<u32>,
    pub(super) load: f64,
    pub(super) inject_every: u64,
    pub(super) inject_left: u32,
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

pub(super) struct Notices(pub(super) Arc<Shared>);

impl NotificationHandler for Notices {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, Relaxed);
        Control::Continue
    }
}
