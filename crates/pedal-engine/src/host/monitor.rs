//! What clients want to hear about: control outputs, properties, levels.

use mod_protocol::Feedback;

use super::Host;
use crate::graph::{NodeId, Sink, Source};

/// Instances of level meters: beyond those that clients can name, and beyond CV taps.
const FIRST_METER: i32 = 30_000;

/// What is watched.
#[derive(Debug, Default)]
pub(super) struct Monitors {
    outputs: Vec<WatchedOutput>,
    levels: Vec<(String, i32, NodeId)>,
    pub(super) cpu_load: bool,
    pub(super) cpu_told: std::time::Duration,
    pub(super) levels_told: std::time::Duration,
    pub(super) xruns_told: u32,
    xruns_logged: u32,
    xruns_logged_at: Option<std::time::Duration>,
    /// Faults that go on and on, by instance and kind, with the time of the last word about them.
    faults_told: std::collections::HashMap<(i32, u32), std::time::Duration>,
}

/// A fault that goes on is told again after this long.
const FAULT_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// Xruns are logged no more often than this, with their number so far.
const XRUNS_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

#[derive(Debug)]
struct WatchedOutput {
    instance: i32,
    symbol: String,
    index: Option<usize>,
    told: Option<f32>,
}

impl Monitors {
    pub(super) fn forget(&mut self, instance: i32) {
        self.outputs.retain(|output| output.instance != instance);
        self.faults_told.retain(|(other, _), _| *other != instance);
    }

    /// Whether anything is told regularly.
    pub(super) fn any(&self) -> bool {
        self.cpu_load || !self.levels.is_empty() || !self.outputs.is_empty()
    }

    /// Whether a fault that a plugin may have in every block is to be told now. Else a plugin that is too loud would fill the
    /// journal with hundreds of lines a second.
    pub(super) fn is_news(&mut self, instance: i32, fault: u32, now: std::time::Duration) -> bool {
        let told = self.faults_told.entry((instance, fault));
        match told {
            std::collections::hash_map::Entry::Occupied(told)
                if now.saturating_sub(*told.get()) < FAULT_AGAIN =>
            {
                false
            }
            told => {
                told.insert_entry(now);
                true
            }
        }
    }

    /// Whether the number of xruns is to be logged now.
    pub(super) fn log_xruns(&mut self, total: u32, now: std::time::Duration) -> bool {
        let due = self.xruns_logged_at.is_none_or(|at| now.saturating_sub(at) >= XRUNS_AGAIN);
        let log = due && total != self.xruns_logged;
        if log {
            self.xruns_logged = total;
            self.xruns_logged_at = Some(now);
        }
        log
    }
}

impl Host {
    /// False when there is no such output or property.
    pub(super) fn monitor_output(&mut self, instance: i32, symbol: &str) -> bool {
        let Some(slot) = self.slots.get_mut(&instance) else { return false };
        let index = slot.info().control_outputs.iter().position(|other| other == symbol);
        if index.is_none() && slot.control.patch_get(symbol).is_err() {
            return false;
        }
        self.monitor_output_off(instance, symbol);
        let output = WatchedOutput { instance, symbol: symbol.to_owned(), index, told: None };
        self.monitors.outputs.push(output);
        self.tell_outputs();
        true
    }

    /// False when it was not watched.
    pub(super) fn monitor_output_off(&mut self, instance: i32, symbol: &str) -> bool {
        let before = self.monitors.outputs.len();
        self.monitors.outputs.retain(|output| output.instance != instance || output.symbol != symbol);
        before != self.monitors.outputs.len()
    }

    /// Reports watched control outputs that changed.
    pub(super) fn tell_outputs(&mut self) {
        for output in &mut self.monitors.outputs {
            let (Some(slot), Some(index)) = (self.slots.get(&output.instance), output.index) else {
                continue;
            };
            let value = slot.cell.control_output(index);
            if output.told.map(f32::to_bits) != Some(value.to_bits()) {
                output.told = Some(value);
                self.feedback.push(Feedback::OutputSet {
                    instance: output.instance,
                    symbol: output.symbol.clone(),
                    value,
                });
            }
        }
    }

    /// Switches the level meter of a port. Meters are numbered in the order in which they were switched on, and go
    /// in the opposite order. False when that is not possible.
    pub(super) fn monitor_levels(&mut self, port: &str, enable: bool) -> bool {
        if !enable {
            if self.monitors.levels.last().is_none_or(|(name, _, _)| name != port) {
                return false;
            }
            if let Some((_, instance, _)) = self.monitors.levels.pop() {
                self.take_off(instance);
                self.changed();
            }
            return true;
        }
        if self.monitors.levels.iter().any(|(name, _, _)| name == port) {
            return true;
        }
        let Some(sources) = self.sources_at(port) else { return false };
        let instance = FIRST_METER + self.monitors.levels.len() as i32;
        let tap = self.add_tap(instance);
        for source in sources {
            self.cables.push(super::Cable { source, sink: Sink::Node(tap, 0) });
        }
        self.monitors.levels.push((port.to_owned(), instance, tap));
        self.changed();
        true
    }

    /// What sounds at a port: itself, or what is plugged in there.
    fn sources_at(&self, port: &str) -> Option<Vec<Source>> {
        let name = super::PortName::parse(port, &self.options.client_name);
        let into = |sink: Sink| {
            self.cables
                .iter()
                .filter(|cable| cable.sink == sink)
                .map(|cable| cable.source)
                .collect::<Vec<_>>()
        };
        match name {
            super::PortName::Capture(channel) => Some(vec![Source::Capture(channel)]),
            super::PortName::Playback(channel) => Some(into(Sink::Playback(channel))),
            super::PortName::Effect { instance, symbol } => {
                let slot = self.slots.get(&instance)?;
                let at = |symbols: &[String]| symbols.iter().position(|other| *other == symbol);
                if let Some(port) = at(&slot.info().output_symbols) {
                    return Some(vec![Source::Node(slot.id(), port as u16)]);
                }
                at(&slot.info().input_symbols).map(|port| into(Sink::Node(slot.id(), port as u16)))
            }
            _ => None,
        }
    }

    /// Reports the levels since the last report.
    pub(super) fn tell_levels(&mut self) {
        for (index, (_, instance, _)) in self.monitors.levels.iter().enumerate() {
            if let Some(slot) = self.slots.get(instance) {
                let peak = slot.cell.take_peak();
                self.feedback.push(Feedback::AudioMonitor { index: index as i32, peak });
            }
        }
    }

    /// Reports the load, twice a second.
    pub(super) fn tell_load(&mut self) {
        let now = self.now();
        if !self.monitors.cpu_load
            || now.saturating_sub(self.monitors.cpu_told) < std::time::Duration::from_millis(500)
        {
            return;
        }
        self.monitors.cpu_told = now;
        let (average, maximum) = self.load();
        let xruns = self.handle.shared.xruns.load(std::sync::atomic::Ordering::Relaxed) as u32;
        self.feedback.push(Feedback::CpuLoad { average, maximum, xruns });
    }

    /// Load of the callback in percent of the period: median and maximum since the last reset.
    pub(super) fn load(&self) -> (f32, f32) {
        let counter = crate::meter::Counter::get();
        let snapshot = self.handle.shared.timing.snapshot();
        let period = self.options.period as f64 / f64::from(self.options.sample_rate) * 1e9;
        let percent = |ticks: u64| (counter.ns(ticks) / period * 100.0) as f32;
        (percent(snapshot.quantile(0.5)), percent(snapshot.max()))
    }
}
