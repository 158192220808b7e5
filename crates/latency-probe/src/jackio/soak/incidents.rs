//! Events become incidents, each with its cause as far as the kernel's counters tell it.

use std::collections::BTreeMap;

use super::callback::Event;
use crate::soak::{Cause, Clues, Incident, Kind, attribute};

/// Kept singly; more are only counted.
const MOST_INCIDENTS: usize = 1_000;

/// Events that belong together become one incident.
pub(super) struct Incidents {
    pub(super) list: Vec<Incident>,
    pub(super) total: u64,
    pub(super) by_kind: BTreeMap<Kind, u64>,
    pub(super) lost_frames: i64,
    first_us: u64,
    last_us: u64,
    window_us: u64,
    start_us: u64,
    period_us: f64,
    clues: Clues,
}

impl Incidents {
    pub(super) fn new(period: u32, rate: u32, start_us: u64) -> Self {
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

    pub(super) fn add(&mut self, event: Event, clues: &Clues) {
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

    pub(super) fn by_cause(&self) -> BTreeMap<Cause, u64> {
        let mut counts = BTreeMap::new();
        for incident in &self.list {
            *counts.entry(incident.cause).or_default() += 1;
        }
        counts
    }
}

/// Kernel counters that tell why a thread ran late.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    run_delay_ns: u64,
    steal_ticks: u64,
}

impl Clock {
    pub(super) fn read(thread: i32) -> Self {
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

    pub(super) fn since(&self, before: &Self) -> Clues {
        Clues {
            run_delay_us: self.run_delay_ns.saturating_sub(before.run_delay_ns) as f64 / 1000.0,
            steal_ms: self.steal_ticks.saturating_sub(before.steal_ticks) as f64 * 10.0,
            ..Default::default()
        }
    }
}
