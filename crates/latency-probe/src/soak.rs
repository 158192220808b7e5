//! What a soak finds: incidents, their causes, and their rate.

use crate::result::{Origin, Verdict};
use crate::sched::Load;
use crate::stats::Summary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an incident showed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The server called its xrun callback.
    Xrun,
    /// Frame time jumped between two cycles.
    Gap,
    /// The callback began more than a period late.
    Late,
    /// Our own callback took longer than a period.
    Overrun,
    /// The looped counter did not continue.
    Content,
}

/// What most likely caused an incident, as far as the data allow.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// This program's own callback took too long: the DSP load asked for, or an injection.
    OwnCallback,
    /// The thread was ready, but other tasks had the CPU.
    OtherTasks,
    /// The hypervisor gave the CPU to somebody else.
    Hypervisor,
    /// The wake-up itself came late: interrupt, timer or host.
    LateWakeUp,
    /// We were in time: another client, or the driver.
    #[default]
    OtherClient,
}

impl Cause {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OwnCallback => "client: our own callback took too long",
            Self::OtherTasks => "load: other tasks had the CPU",
            Self::Hypervisor => "host: the hypervisor took the CPU",
            Self::LateWakeUp => "interrupt: the wake-up came late",
            Self::OtherClient => "client: another client, or the driver",
        }
    }
}

/// What is known around an incident.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Clues {
    /// How late our callback began, µs.
    pub late_us: f64,
    /// How long our callback took, µs.
    pub own_us: f64,
    /// How long our thread waited for a CPU meanwhile, µs.
    pub run_delay_us: f64,
    /// CPU time that the hypervisor took meanwhile, ms.
    pub steal_ms: f64,
}

/// Names the likely cause. A callback that was preempted looks long as well: waiting time decides first.
pub fn attribute(clues: &Clues, period_us: f64) -> Cause {
    let trouble = clues.late_us.max(clues.own_us - period_us);
    if clues.run_delay_us > 0.5 * trouble.max(0.5 * period_us) {
        Cause::OtherTasks
    } else if clues.own_us > period_us && clues.steal_ms * 1000.0 < 0.5 * clues.own_us {
        Cause::OwnCallback
    } else if clues.steal_ms > 0.0 {
        Cause::Hypervisor
    } else if clues.late_us > 0.5 * period_us {
        Cause::LateWakeUp
    } else {
        Cause::OtherClient
    }
}

/// Events that belong together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Incident {
    /// When, in ms after the start.
    pub at_ms: f64,
    /// How it showed.
    pub kinds: Vec<Kind>,
    /// Frames by which frame time jumped.
    pub frames: i64,
    /// Its likely cause.
    pub cause: Cause,
}

/// Whether the content could be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Content {
    /// The looped counter came back.
    Checked {
        /// Frames that continued exactly.
        frames: u64,
    },
    /// Nothing exact came back: an analogue loop, or a server that does not loop a client to itself.
    Unavailable,
}

/// A soak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SoakReport {
    /// Where and when.
    #[serde(flatten)]
    pub origin: Origin,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames of a period.
    pub period: u32,
    /// Share of each period that the callback burnt, %.
    pub load_percent: u32,
    /// Stressors beside it.
    pub stress: Vec<Load>,
    /// Overruns made on purpose.
    pub injected: u32,
    /// How long, in seconds.
    pub seconds: f64,
    /// Cycles that were run.
    pub cycles: u64,
    /// Cycles that the time allows.
    pub expected_cycles: u64,
    /// Incidents.
    pub events: u64,
    /// Upper bound of the rate per minute, 95 %.
    pub upper_per_minute: f64,
    /// The same in words.
    pub confidence: String,
    /// Signs, by kind; one incident shows several.
    pub by_kind: BTreeMap<Kind, u64>,
    /// Incidents by likely cause, of those listed.
    pub by_cause: BTreeMap<Cause, u64>,
    /// Frames by which frame time jumped in all.
    pub lost_frames: i64,
    /// Whether the content was checked.
    pub content: Content,
    /// Signs that this program itself was too slow to note.
    pub unseen: u64,
    /// The server's DSP load, mean, %.
    pub dsp_load_mean: f64,
    /// The server's DSP load, highest, %.
    pub dsp_load_max: f64,
    /// How late our callback began.
    pub lateness: Summary,
    /// The incidents, at most 1,000.
    pub incidents: Vec<Incident>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_clues() {
        let case = |late_us, own_us, run_delay_us, steal_ms| {
            attribute(&Clues { late_us, own_us, run_delay_us, steal_ms }, 1_000.0)
        };
        assert_eq!(case(0.0, 2_500.0, 0.0, 0.0), Cause::OwnCallback);
        assert_eq!(case(0.0, 2_500.0, 1_600.0, 0.0), Cause::OtherTasks);
        assert_eq!(case(3_000.0, 100.0, 2_900.0, 0.0), Cause::OtherTasks);
        assert_eq!(case(3_000.0, 100.0, 10.0, 0.0), Cause::LateWakeUp);
        assert_eq!(case(3_000.0, 100.0, 10.0, 10.0), Cause::Hypervisor);
        assert_eq!(case(0.0, 100.0, 0.0, 0.0), Cause::OtherClient);
    }
}
