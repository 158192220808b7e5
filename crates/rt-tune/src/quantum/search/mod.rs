//! The search itself: pure, over a [`Rig`] that runs one trial.
//!
//! From a middle rung it goes down as long as trials are clean. The lowest clean one and its neighbour above are then tried
//! again several times, because one short clean trial says little: a rung that fails there is given up for the next higher one. What is
//! recommended is one rung above the lowest that stood all of it.

use latency_probe::stats::{poisson_upper, poisson_words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How to search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPlan {
    /// Periods to choose from, ascending, in frames.
    pub rungs: Vec<u32>,
    /// Where to begin.
    pub start: u32,
    /// Length of a trial in seconds.
    pub seconds: f64,
    /// Trials of the lowest clean rung and of its neighbour, at least 3.
    pub repeats: u32,
    /// Events in all repeats of a rung that still pass.
    pub allow: u64,
}

/// What one trial saw.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trial {
    /// Seconds that were counted.
    pub seconds: f64,
    /// Incidents: xruns, gaps, late callbacks, content that did not come back.
    pub events: u64,
    /// Cycles that did not happen, beyond what clocks may differ.
    pub missing_cycles: u64,
    /// Signs by kind, as the probe names them.
    pub by_kind: BTreeMap<String, u64>,
    /// Frames of content that came back as they were sent.
    pub content_frames: u64,
    /// 99.9 % of the callbacks began no later than this, µs.
    pub late_p999_us: u64,
}

impl Trial {
    /// Events, with lost cycles that showed in no other way counted as one.
    pub fn counted(&self) -> u64 {
        if self.events == 0 { u64::from(self.missing_cycles > 0) } else { self.events }
    }
}

/// Why a trial did not take place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// The server does not run this period; the search goes on with others.
    #[error("{0}")]
    Refused(String),
    /// Somebody asked to end.
    #[error("stopped")]
    Stopped,
    /// Nothing can be measured any more.
    #[error("{0}")]
    Fatal(String),
}

/// The port to a server under load.
pub trait Rig {
    /// Sets the period, waits until the server has settled, and counts for so many seconds; two events end it early when
    /// `fail_fast`.
    ///
    /// # Errors
    /// [`TrialError`].
    fn trial(&mut self, frames: u32, seconds: f64, fail_fast: bool) -> Result<Trial, TrialError>;
}

/// All that is known of one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// The period in frames.
    pub frames: u32,
    /// In the order in which they were made.
    pub trials: Vec<Trial>,
    /// Why the server does not run it.
    pub refused: Option<String>,
    /// Events of all trials.
    pub events: u64,
    /// Seconds of all trials.
    pub seconds: f64,
    /// Upper bound of the rate for a minute, 95 % (Poisson).
    pub upper_per_minute: f64,
    /// The same in words.
    pub confidence: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The lowest period that stood all its trials, together with its neighbour above.
    pub lowest: Option<u32>,
    /// One rung above it, as a reserve; the same where there is no higher one.
    pub recommended: Option<u32>,
    /// Everything that was tried, ascending.
    pub rungs: Vec<Rung>,
    /// Whether the search was carried to its end.
    pub complete: bool,
}

impl Found {
    /// What is known of a period.
    pub fn rung(&self, frames: u32) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.frames == frames)
    }
}

/// Searches. `heard` is told of each trial before the next one begins.
///
/// # Errors
/// [`TrialError::Fatal`] only: a stop and a refusal are part of what was found.
pub fn search(
    plan: &SearchPlan,
    rig: &mut dyn Rig,
    heard: &mut dyn FnMut(u32, &Trial),
) -> Result<Found, TrialError> {
    let mut run = Run { plan, rig, heard, rungs: BTreeMap::new() };
    let (lowest, complete) = match run.lowest() {
        Ok(lowest) => (lowest, true),
        Err(TrialError::Stopped) => (None, false),
        Err(error) => return Err(error),
    };
    // A rung that the server refuses is no reserve.
    let usable = |frames: &u32| run.rungs.get(frames).is_none_or(|rung| rung.refused.is_none());
    let above = |frames: u32| plan.rungs.iter().copied().filter(usable).find(|rung| *rung > frames);
    let recommended = lowest.map(|frames| above(frames).unwrap_or(frames));
    Ok(Found { lowest, recommended, rungs: run.rungs.into_values().collect(), complete })
}

struct Run<'a> {
    plan: &'a SearchPlan,
    rig: &'a mut dyn Rig,
    heard: &'a mut dyn FnMut(u32, &Trial),
    rungs: BTreeMap<u32, Rung>,
}

impl Run<'_> {
    fn lowest(&mut self) -> Result<Option<u32>, TrialError> {
        let rungs = self.plan.rungs.clone();
        if rungs.is_empty() {
            return Ok(None);
        }
        let start = rungs.iter().position(|frames| *frames >= self.plan.start).unwrap_or(rungs.len() - 1);
        // Up until one is clean, then down until one is not. A rung that the server refuses is no rung.
        let Some(mut at) = self.first_clean(&rungs, start)? else { return Ok(None) };
        for below in (0..at).rev() {
            if self.rungs.contains_key(&rungs[below]) && !self.refused(rungs[below]) {
                break;
            }
            if self.quick(rungs[below])? {
                at = below;
            } else if !self.refused(rungs[below]) {
                break;
            }
        }
        // The repeats of a rung are only believed when its neighbour stands them as well: a rung that is clean by luck
        // between two that are not has been seen.
        let mut verified = BTreeMap::new();
        while let Some(&frames) = rungs.get(at) {
            if !self.stands(frames, &mut verified)? {
                at += 1;
                continue;
            }
            let mut above = at + 1;
            let good = loop {
                match rungs.get(above) {
                    None => break true,
                    Some(next) if self.stands(*next, &mut verified)? => break true,
                    Some(next) if !self.refused(*next) => break false,
                    Some(_) => above += 1,
                }
            };
            if good {
                return Ok(Some(frames));
            }
            at = above + 1;
        }
        Ok(None)
    }

    fn first_clean(&mut self, rungs: &[u32], start: usize) -> Result<Option<usize>, TrialError> {
        for (at, frames) in rungs.iter().enumerate().skip(start) {
            if self.quick(*frames)? {
                return Ok(Some(at));
            }
        }
        // The highest ones may be refused where lower ones run.
        for (at, frames) in rungs.iter().enumerate().take(start).rev() {
            if rungs[at + 1..].iter().all(|above| self.refused(*above)) && self.quick(*frames)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn refused(&self, frames: u32) -> bool {
        self.rungs.get(&frames).is_some_and(|rung| rung.refused.is_some())
    }

    /// One trial, and a second one when the first saw a single event: a machine has a bad moment now and then.
    fn quick(&mut self, frames: u32) -> Result<bool, TrialError> {
        match self.trial(frames)? {
            Some(0) => Ok(true),
            Some(1) => Ok(self.trial(frames)? == Some(0)),
            _ => Ok(false),
        }
    }

    /// The repeats, once for each rung.
    fn stands(&mut self, frames: u32, verified: &mut BTreeMap<u32, bool>) -> Result<bool, TrialError> {
        if let Some(known) = verified.get(&frames) {
            return Ok(*known);
        }
        let mut events = 0;
        for _ in 0..self.plan.repeats.max(3) {
            match self.trial(frames)? {
                Some(more) => events += more,
                None => events = u64::MAX,
            }
            if events > self.plan.allow {
                break;
            }
        }
        let stands = events <= self.plan.allow;
        verified.insert(frames, stands);
        Ok(stands)
    }

    /// Events of a trial; `None` when the server refuses.
    fn trial(&mut self, frames: u32) -> Result<Option<u64>, TrialError> {
        if self.refused(frames) {
            return Ok(None);
        }
        let rung = self.rungs.entry(frames).or_insert_with(|| Rung {
            frames,
            trials: Vec::new(),
            refused: None,
            events: 0,
            seconds: 0.0,
            upper_per_minute: 0.0,
            confidence: String::new(),
        });
        let trial = match self.rig.trial(frames, self.plan.seconds, self.plan.allow < 2) {
            Ok(trial) => trial,
            Err(TrialError::Refused(why)) => {
                rung.confidence = format!("refused: {why}");
                rung.refused = Some(why);
                return Ok(None);
            }
            Err(error) => {
                self.rungs.retain(|_, rung| !rung.trials.is_empty());
                return Err(error);
            }
        };
        (self.heard)(frames, &trial);
        let counted = trial.counted();
        rung.events += counted;
        rung.seconds += trial.seconds;
        rung.trials.push(trial);
        rung.upper_per_minute = poisson_upper(rung.events) * 60.0 / rung.seconds.max(1e-9);
        rung.confidence = poisson_words(rung.events, rung.seconds);
        Ok(Some(counted))
    }
}

#[cfg(test)]
mod tests;
