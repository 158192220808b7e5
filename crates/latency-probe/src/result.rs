//! What a run leaves behind: the document that is printed as JSON and kept in the history.

use crate::estimate::{DEFINITION, Measurement};
use crate::floor::{Extra, floor_frames};
use crate::jackio::Pair;
use crate::mtdm::ToneResult;
use crate::roundtrip::{Attempted, Finding, Method, describe};
use serde::{Deserialize, Serialize};

/// Version of the document; raised when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// How a run ended. The number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Measured, and within the target when there is one.
    Pass = 0,
    /// Measured, but over the target.
    OverTarget = 1,
    /// Nothing came back.
    NoSignal = 2,
    /// Something came back, but no number can be trusted.
    Ambiguous = 3,
    /// The audio server is missing, gone, or refuses.
    Server = 4,
    /// Somebody plays: nothing was measured.
    Busy = 5,
}

impl Verdict {
    /// The program's exit code.
    pub fn exit_code(self) -> u8 {
        self as u8
    }

    /// A word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::OverTarget => "over target",
            Self::NoSignal => "no signal",
            Self::Ambiguous => "ambiguous",
            Self::Server => "server problem",
            Self::Busy => "busy, not measured",
        }
    }
}

/// Where and when a run was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Origin {
    /// Version of this document's schema.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Host name.
    pub host: String,
    /// Kernel release and version, as `uname -rv` prints them.
    pub kernel: String,
}

impl Origin {
    /// This machine, now.
    pub fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let kernel = format!("{} {}", read("/proc/sys/kernel/osrelease"), read("/proc/sys/kernel/version"));
        Self {
            schema: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time_ms: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
            host: read("/proc/sys/kernel/hostname"),
            kernel: kernel.trim().to_owned(),
        }
    }
}

/// A round-trip run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LoopReport {
    /// Where and when.
    #[serde(flatten)]
    pub origin: Origin,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// What exactly is called the latency.
    pub definition: String,
    /// Estimator.
    pub method: Method,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames of a period; 0 for a simulated loop.
    pub period: u32,
    /// The ports, for a loop through a server.
    pub pair: Option<Pair>,
    /// Round trip in frames. Present even when the verdict is ambiguous: look at the verdict first.
    pub delay_frames: Option<f64>,
    /// The same in milliseconds.
    pub delay_ms: Option<f64>,
    /// Target in milliseconds.
    pub target_ms: Option<f64>,
    /// Smallest physically possible round trip in frames; only for a physical loop.
    pub floor_frames: Option<u32>,
    /// What the server reports, and what is missing in it.
    pub extra: Option<Extra>,
    /// Everything the main method says.
    pub measurement: Option<Measurement>,
    /// Everything the tones say.
    pub tones: Option<ToneResult>,
    /// Attempts, the last one included.
    pub attempts: u32,
    /// Why attempts were thrown away.
    pub discarded: Vec<String>,
    /// Playing level of the last attempt in dBFS rms.
    pub level_dbfs: f64,
}

/// What a loop was measured on, for [`LoopReport::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Estimator.
    pub method: Method,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames of a period.
    pub period: u32,
    /// Ports.
    pub pair: Option<Pair>,
    /// Target in milliseconds.
    pub target_ms: Option<f64>,
    /// Periods of the hardware buffer.
    pub periods: u32,
    /// Whether the server runs asynchronously.
    pub asynchronous: bool,
}

impl LoopReport {
    /// Decides what an attempt means.
    pub fn new(setting: &Setting, attempted: &Attempted) -> Self {
        let mut report = Self {
            origin: Origin::here(),
            verdict: Verdict::Pass,
            reason: String::new(),
            definition: DEFINITION.split_whitespace().collect::<Vec<_>>().join(" "),
            method: setting.method,
            rate: setting.rate,
            period: setting.period,
            pair: setting.pair.clone(),
            delay_frames: None,
            delay_ms: None,
            target_ms: setting.target_ms,
            floor_frames: setting
                .pair
                .as_ref()
                .filter(|p| p.physical)
                .map(|_| floor_frames(setting.period, setting.periods, setting.asynchronous)),
            extra: None,
            measurement: None,
            tones: None,
            attempts: attempted.attempts,
            discarded: attempted.discarded.clone(),
            level_dbfs: attempted.level_dbfs,
        };
        let doubt = match &attempted.finding {
            Finding::Delay(m) => {
                report.delay_frames = Some(m.delay_frames);
                report.measurement = Some((**m).clone());
                m.doubts.first().map(describe)
            }
            Finding::Tones(t) => {
                report.delay_frames = Some(t.delay_frames);
                report.tones = Some(*t);
                (t.disagreement > 0.25).then(|| "the tones disagree about the delay".to_owned())
            }
            Finding::NoSignal { level_dbfs } => {
                report.verdict = Verdict::NoSignal;
                report.reason = format!(
                    "nothing came back (the input shows {level_dbfs:.0} dBFS): check cable, gain and the chosen ports"
                );
                return report;
            }
            Finding::Restless { what } => Some(format!("no attempt stayed undisturbed: {what}")),
        };
        let Some(frames) = report.delay_frames.filter(|_| doubt.is_none()) else {
            report.verdict = Verdict::Ambiguous;
            report.reason = doubt.unwrap_or_else(|| "there is no delay to report".to_owned());
            return report;
        };
        let ms = frames * 1000.0 / f64::from(setting.rate);
        report.delay_ms = Some(ms);
        if let Some(pair) = &setting.pair {
            report.extra = Some(Extra::new(frames, pair.capture_latency, pair.playback_latency));
        }
        if let Some(floor) = report.floor_frames.filter(|floor| frames + 0.5 < f64::from(*floor)) {
            report.verdict = Verdict::Ambiguous;
            report.reason = format!(
                "{frames:.3} frames is less than the {floor} that the buffers alone need: this is not the loop through the \
                 converters (a monitoring path? another period size?)"
            );
            return report;
        }
        let over = setting.target_ms.filter(|target| ms > *target);
        (report.verdict, report.reason) = match (over, setting.target_ms) {
            (Some(target), _) => {
                (Verdict::OverTarget, format!("{ms:.3} ms is over the target of {target} ms"))
            }
            (None, Some(target)) => {
                (Verdict::Pass, format!("{ms:.3} ms is within the target of {target} ms"))
            }
            (None, None) => (Verdict::Pass, "measured; no target was set".to_owned()),
        };
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelSpec, Echo};
    use crate::roundtrip::{LoopConfig, SimulatedLoop, measure};

    fn pair(physical: bool) -> Option<Pair> {
        let (send, receive) = ("a:in".to_owned(), "a:out".to_owned());
        Some(Pair { send, receive, physical, playback_latency: 0, capture_latency: 0 })
    }

    fn report(spec: ChannelSpec, physical: bool, target_ms: Option<f64>) -> LoopReport {
        let mut target = SimulatedLoop { spec, rate: 48_000 };
        let attempted = measure(&mut target, &LoopConfig::default(), &mut |_| {}).unwrap();
        let setting = Setting {
            method: Method::Mls,
            rate: 48_000,
            period: 128,
            pair: pair(physical),
            target_ms,
            periods: 2,
            asynchronous: false,
        };
        LoopReport::new(&setting, &attempted)
    }

    #[test]
    fn verdicts_follow_target_and_signal() {
        let spec = ChannelSpec { delay: 480.0, ..Default::default() };
        assert_eq!(report(spec.clone(), true, Some(10.001)).verdict, Verdict::Pass);
        assert_eq!(report(spec.clone(), true, Some(9.9)).verdict, Verdict::OverTarget);
        assert_eq!(report(ChannelSpec { gain: 0.0, ..spec.clone() }, true, None).verdict, Verdict::NoSignal);
        let twice = ChannelSpec { echo: Some(Echo { offset: 90.0, gain: 0.97 }), ..spec };
        let r = report(twice, true, Some(100.0));
        assert_eq!((r.verdict, r.delay_ms), (Verdict::Ambiguous, None));
    }

    #[test]
    fn a_physical_loop_cannot_beat_its_buffers() {
        let spec = ChannelSpec { delay: 200.0, ..Default::default() };
        let r = report(spec.clone(), true, None);
        assert_eq!((r.verdict, r.floor_frames), (Verdict::Ambiguous, Some(256)), "{}", r.reason);
        assert_eq!(report(spec, false, None).verdict, Verdict::Pass);
    }

    #[test]
    fn the_document_survives_a_round_trip() {
        let r = report(ChannelSpec { delay: 480.5, ..Default::default() }, true, Some(10.0));
        let text = serde_json::to_string(&r).unwrap();
        assert_eq!(serde_json::from_str::<LoopReport>(&text).unwrap(), r);
    }
}
