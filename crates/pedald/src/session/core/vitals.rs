//! Load, dropouts and temperature.

use std::sync::Arc;
use std::time::Duration;

use mod_protocol::{Command, Reply};

use super::{Core, Effect, Waiting};
use crate::session::event::EventKind;
use crate::session::health::{Health, PluginCost};
use crate::session::intent::Source;

/// How often the engine is asked for times and load.
const STATS: Duration = Duration::from_secs(1);

impl Core {
    pub(super) fn ask_stats(&mut self) {
        if self.now < self.stats_at {
            return;
        }
        self.stats_at = self.now + STATS;
        if self.state.engine.is_running()
            && !self.waiting.values().any(|waiting| matches!(waiting, Waiting::Stats))
        {
            let ticket = self.ticket(Waiting::Stats);
            self.effects.push(Effect::Command(ticket, Command::XStats {}));
        }
    }

    pub(super) fn take_stats(&mut self, reply: &Reply) {
        let Reply::Text(text) = reply else { return };
        let Ok(stats) = serde_json::from_str::<Stats>(text) else { return };
        let period_us = f64::from(stats.period) / f64::from(stats.sample_rate.max(1)) * 1e6;
        let percent = |us: f64| if period_us > 0.0 { (us / period_us * 100.0) as f32 } else { 0.0 };
        let mut plugins = std::collections::BTreeMap::new();
        for entry in &stats.plugins {
            let Some(plugin) = self.state.board.numbered(entry.instance) else { continue };
            let cost = PluginCost {
                p50_us: entry.times.p50_us as f32,
                p99_us: entry.times.p99_us as f32,
                max_us: entry.times.max_us as f32,
                percent: percent(entry.times.p99_us),
                cut_off: entry.cut_off,
                latency_frames: entry.latency_frames,
            };
            self.costs.insert(plugin.spec.uri.clone(), percent(entry.times.p50_us));
            plugins.insert(plugin.instance.clone(), cost);
        }
        let old = self.state.health.clone();
        let xruns_zero = if stats.xruns < old.xruns { 0 } else { old.xruns_zero };
        let lost = stats.xruns.saturating_sub(old.xruns);
        if lost > 0 && old.sample_rate != 0 {
            self.xrun_times.push((self.now, lost));
        }
        let now = self.now;
        self.xrun_times.retain(|(at, _)| now.saturating_sub(*at) < Duration::from_secs(900));
        let recent = |minutes: u64| {
            let within = Duration::from_secs(60 * minutes);
            let times = self.xrun_times.iter().filter(|(at, _)| now.saturating_sub(*at) < within);
            times.map(|(_, count)| count).sum()
        };
        let health = Health {
            blocks: stats.blocks,
            load_percent: stats.load_percent,
            load_max_percent: stats.load_max_percent,
            load_p99_percent: percent(stats.callback.p99_us),
            xruns: stats.xruns,
            xruns_zero,
            xruns_recent: [recent(1), recent(5), recent(15)],
            limited_blocks: stats.limited_blocks,
            sample_rate: stats.sample_rate,
            period: stats.period,
            plugins,
            ..(*old).clone()
        };
        self.emit(Source::Engine, EventKind::Health(Arc::new(health)));
    }

    /// What the system tells about itself.
    pub(super) fn system(&mut self, system: &Health) {
        let health = Health {
            temperature: system.temperature,
            cpu_mhz: system.cpu_mhz,
            memory_percent: system.memory_percent,
            throttled: system.throttled.clone(),
            ..(*self.state.health).clone()
        };
        if health != *self.state.health {
            self.emit(Source::Session, EventKind::Health(Arc::new(health)));
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct Stats {
    sample_rate: u32,
    period: u32,
    #[serde(default)]
    blocks: u64,
    xruns: u64,
    load_percent: f32,
    load_max_percent: f32,
    limited_blocks: u64,
    callback: Times,
    plugins: Vec<PluginStats>,
}

#[derive(serde::Deserialize)]
pub(super) struct Times {
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
}

#[derive(serde::Deserialize)]
struct PluginStats {
    instance: i32,
    #[serde(flatten)]
    times: Times,
    #[serde(default)]
    cut_off: bool,
    #[serde(default)]
    latency_frames: u32,
}
