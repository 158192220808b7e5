//! Our extension commands: their answers are JSON.

use std::path::Path;
use std::sync::atomic::Ordering;

use mod_protocol::{ErrorCode, FaultPolicy, Reply};
use serde_json::{Value, json};

use super::Host;
use crate::board::BoardFile;
use crate::exec::{Command, Policy};
use crate::meter::Counter;

/// Version of the extension commands.
pub const EXTENSIONS: u32 = 1;

impl Host {
    pub(super) fn x_version(&self) -> Reply {
        text(
            json!({ "program": "archibald-engine", "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS }),
        )
    }

    pub(super) fn x_meters(&self) -> Reply {
        let level = |peak: f32| if peak > 0.0 { json!(20.0 * peak.log10()) } else { Value::Null };
        let shared = &self.handle.shared;
        let captures: Vec<Value> =
            (0..self.options.captures).map(|c| level(shared.take_capture_peak(c))).collect();
        let playbacks: Vec<Value> =
            (0..self.options.playbacks).map(|c| level(shared.take_playback_peak(c))).collect();
        text(json!({ "unit": "dBFS", "capture": captures, "playback": playbacks }))
    }

    /// Times per plugin, load and xruns as JSON.
    pub fn stats(&self) -> Value {
        let counter = Counter::get();
        let shared = &self.handle.shared;
        let times = |histogram: &crate::meter::Histogram| {
            let snapshot = histogram.snapshot();
            json!({
                "blocks": snapshot.count(),
                "p50_us": counter.ns(snapshot.quantile(0.5)) / 1000.0,
                "p99_us": counter.ns(snapshot.quantile(0.99)) / 1000.0,
                "max_us": counter.ns(snapshot.max()) / 1000.0,
            })
        };
        let plugins: Vec<Value> = self
            .slots
            .values()
            .filter(|slot| slot.instance < super::FIRST_TOOL)
            .map(|slot| {
                let mut entry = times(&slot.cell.timing);
                entry["instance"] = json!(slot.instance);
                entry["uri"] = json!(slot.uri);
                entry["bypassed"] = json!(slot.cell.is_bypassed());
                entry["cut_off"] = json!(slot.cell.is_cut_off());
                entry["missing"] = json!(slot.missing);
                entry["latency_frames"] = json!(slot.cell.latency());
                entry
            })
            .collect();
        let (load, load_max) = self.load();
        json!({
            "board": self.name,
            "sample_rate": self.options.sample_rate,
            "period": self.options.period,
            "blocks": shared.blocks.load(Ordering::Relaxed),
            "frames": shared.frames.load(Ordering::Relaxed),
            "xruns": shared.xruns.load(Ordering::Relaxed),
            "xrun_instance": shared.xrun_instance.load(Ordering::Relaxed) as i32,
            "latency_frames": self.latency,
            "load_percent": load,
            "load_max_percent": load_max,
            "limited_blocks": shared.limited.load(Ordering::Relaxed),
            "changing": self.is_changing(),
            "callback": times(&shared.timing),
            "plugins": plugins,
        })
    }

    pub(super) fn x_load(&mut self, path: &str) -> Reply {
        match self.load_file(Path::new(path)) {
            Ok(report) => {
                self.told_load(&report);
                text(json!(report))
            }
            Err(error) => failure(&error),
        }
    }

    pub(super) fn x_preload(&mut self, slot: u32, path: &str) -> Reply {
        match BoardFile::read(Path::new(path)) {
            Ok(board) => {
                let report = self.preload(slot, &board);
                self.told_load(&report);
                text(json!(report))
            }
            Err(error) => failure(&error),
        }
    }

    /// Begins a preload or a load that is done plugin by plugin. The error is the answer.
    pub(super) fn begin_preload(&mut self, path: &str) -> Result<super::load::Building, Reply> {
        BoardFile::read(Path::new(path))
            .map(|board| self.start_building(board))
            .map_err(|error| failure(&error))
    }

    /// Ends it.
    pub(super) fn end_preload(&mut self, slot: u32, building: super::load::Building) -> Reply {
        let report = self.stand_ready(slot, building);
        self.told_load(&report);
        text(json!(report))
    }

    /// Ends a board that is to run at once.
    pub(super) fn end_load(&mut self, building: super::load::Building) -> Reply {
        let report = self.run_built(building);
        self.told_load(&report);
        text(json!(report))
    }

    pub(super) fn x_swap(&mut self, slot: u32, fade_ms: Option<f32>) -> Reply {
        let usual = *self.live.settings();
        if let Some(ms) = fade_ms {
            self.set_fade(ms);
        }
        let done = self.swap(slot);
        self.set_fade_frames(usual.fades.fade);
        match done {
            Ok(problems) => {
                for text in &problems {
                    self.feedback.push(mod_protocol::Feedback::Log { level: 2, text: text.clone() });
                }
                text(json!({ "board": self.name, "slot": slot, "problems": problems }))
            }
            Err(error) => failure(&error),
        }
    }

    pub(super) fn x_unload(&mut self, slot: u32) -> Reply {
        match self.unload(slot) {
            Ok(()) => text(json!({ "slot": slot })),
            Err(error) => failure(&error),
        }
    }

    /// Length of the cross-fade in ms, 0–500.
    pub fn set_fade(&mut self, ms: f32) {
        self.set_fade_frames(self.options.frames(ms));
    }

    fn set_fade_frames(&mut self, frames: u32) {
        let mut settings = *self.live.settings();
        settings.fades.fade = frames;
        self.live.set_settings(settings);
    }

    pub(super) fn x_fade(&mut self, ms: f32) -> Result<(), ErrorCode> {
        if !(0.0..=500.0).contains(&ms) {
            return Err(ErrorCode::OutOfRange);
        }
        self.set_fade(ms);
        Ok(())
    }

    pub(super) fn x_tails(&mut self, quiet_db: f32, quiet_ms: f32, max_s: f32) -> Result<(), ErrorCode> {
        let in_range = (-200.0..=0.0).contains(&quiet_db)
            && (0.0..=60_000.0).contains(&quiet_ms)
            && (0.0..=600.0).contains(&max_s);
        if !in_range {
            return Err(ErrorCode::OutOfRange);
        }
        let mut settings = *self.live.settings();
        let rate = self.options.sample_rate as f32;
        settings.fades.tail.threshold = 10.0_f32.powf(quiet_db / 20.0);
        settings.fades.tail.quiet = (quiet_ms * rate / 1000.0) as u32;
        settings.fades.tail.limit = (max_s * rate) as u32;
        self.live.set_settings(settings);
        Ok(())
    }

    pub(super) fn x_limiter(&mut self, enable: bool, ceiling_db: f32) -> Result<(), ErrorCode> {
        if !(-60.0..=20.0).contains(&ceiling_db) {
            return Err(ErrorCode::OutOfRange);
        }
        self.set_limiter(enable.then_some(ceiling_db));
        Ok(())
    }

    /// Output limiter: ceiling in dBFS, or off.
    pub fn set_limiter(&mut self, ceiling_db: Option<f32>) {
        self.send(Command::Limiter(ceiling_db.map(|db| 10.0_f32.powf(db / 20.0))));
    }

    pub(super) fn x_policy(
        &mut self,
        policy: FaultPolicy,
        share: f32,
        periods: u32,
    ) -> Result<(), ErrorCode> {
        if !(0.0..=1.0).contains(&share) || periods == 0 {
            return Err(ErrorCode::OutOfRange);
        }
        self.set_policy(policy, share, periods);
        Ok(())
    }

    /// Names (and bypasses) a plugin that takes more than `share` of the period for `periods` blocks in a row.
    pub fn set_policy(&mut self, policy: FaultPolicy, share: f32, periods: u32) {
        let seconds = self.options.period as f64 / f64::from(self.options.sample_rate) * f64::from(share);
        let mut settings = *self.live.settings();
        settings.policy = Policy {
            share_ticks: Counter::get().ticks(std::time::Duration::from_secs_f64(seconds)),
            blocks: periods,
            bypass: policy == FaultPolicy::Bypass,
        };
        self.live.set_settings(settings);
        self.commit_settings();
    }

    pub(super) fn x_pdc(&mut self, enable: bool) {
        self.set_compensation(enable);
        self.changed();
    }

    /// Delay compensation of parallel paths; holds from the next plan on.
    pub(super) fn set_compensation(&mut self, enable: bool) {
        let mut settings = *self.live.settings();
        settings.compensate = enable;
        self.live.set_settings(settings);
    }
}

pub(super) fn text(value: Value) -> Reply {
    Reply::Text(value.to_string())
}

pub(super) fn failure(error: &dyn std::error::Error) -> Reply {
    text(json!({ "error": error.to_string() }))
}
