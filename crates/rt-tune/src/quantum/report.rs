//! What a search leaves behind: a document in the state folder, and a table for people.

use super::search::Found;
use super::server::Kind;
use latency_probe::result::Origin;
use latency_probe::sched::Load;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// Name of the document in the state folder.
pub const REPORT_FILE: &str = "quantum.json";

/// A search with its circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantumReport {
    /// Where and when.
    #[serde(flatten)]
    pub origin: Origin,
    /// Kind of the server.
    pub server: Kind,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Share of each period that our callback burnt, %.
    pub load_percent: u32,
    /// Stressors beside it.
    pub stress: Vec<Load>,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
    /// The period that was set and left so.
    pub set: Option<u32>,
}

/// Keeps a report in the state folder, whole or not at all.
///
/// # Errors
/// As the system says.
pub fn keep(state: &Path, report: &QuantumReport) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report).expect("a report has no map keys that are not strings");
    std::fs::create_dir_all(state)?;
    latency_probe::history::write_atomically(&state.join(REPORT_FILE), (text + "\n").as_bytes())
}

/// The report of the last search that was carried to its end; `None` when there was none.
///
/// # Errors
/// As the system says, and [`io::ErrorKind::InvalidData`] for a file that is no report.
pub fn load(state: &Path) -> io::Result<Option<QuantumReport>> {
    let text = match std::fs::read(state.join(REPORT_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let report = serde_json::from_slice(&text);
    report.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

impl QuantumReport {
    /// What was measured where and when, in a sentence or two, without the name of the machine.
    pub fn sentence(&self) -> String {
        let ms = |frames: u32| f64::from(frames) * 1e3 / f64::from(self.rate.max(1));
        let rung = |frames: u32| {
            let known = self.found.rung(frames).filter(|rung| !rung.trials.is_empty());
            let told = known.map(|rung| format!("; {}", rung.confidence)).unwrap_or_default();
            format!("{frames} frames ({:.2} ms{told})", ms(frames))
        };
        let server = match self.server {
            Kind::Jack => "JACK",
            Kind::PipeWire => "PipeWire",
        };
        let mut text = format!(
            "Measured by rt-tune quantum on {} UTC, Linux {}, {server} at {} Hz, {} % of each period burnt{}: ",
            latency_probe::report::utc(self.origin.time_ms),
            self.origin.kernel.split(' ').next().unwrap_or("unknown"),
            self.rate,
            self.load_percent,
            beside(&self.stress),
        );
        match (self.found.lowest, self.found.recommended) {
            (Some(lowest), Some(recommended)) => {
                let _ = write!(text, "lowest that held {}, recommended {}.", rung(lowest), rung(recommended));
            }
            _ => text.push_str("no period of those tried held."),
        }
        text
    }
}

fn beside(stress: &[Load]) -> String {
    match stress {
        [] => String::new(),
        kinds => format!(" beside {}", kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")),
    }
}

/// The table and the sentence below it.
pub fn report_text(report: &QuantumReport) -> String {
    let ms = |frames: u32| f64::from(frames) * 1e3 / f64::from(report.rate.max(1));
    let mut out = format!("{:>6} {:>8} {:>7} {:>7}  {}\n", "period", "ms", "seconds", "events", "confidence");
    for rung in &report.found.rungs {
        let _ = writeln!(
            out,
            "{:>6} {:>8.2} {:>7.0} {:>7}  {}",
            rung.frames,
            ms(rung.frames),
            rung.seconds,
            rung.events,
            rung.confidence
        );
    }
    let with = beside(&report.stress);
    let _ = match (report.found.lowest, report.found.recommended) {
        (Some(lowest), Some(recommended)) => writeln!(
            out,
            "Lowest stable period {lowest} frames ({:.2} ms), recommended {recommended} ({:.2} ms), at {} % DSP load{with}.",
            ms(lowest),
            ms(recommended),
            report.load_percent
        ),
        _ if !report.found.complete => writeln!(out, "Stopped before anything was found."),
        _ => writeln!(out, "No period of those tried is stable at {} % DSP load{with}.", report.load_percent),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantum::{Rig, SearchPlan, Trial, TrialError, search};

    struct Good;

    impl Rig for Good {
        fn trial(&mut self, frames: u32, seconds: f64, _: bool) -> Result<Trial, TrialError> {
            Ok(Trial { seconds, events: u64::from(frames < 64) * 3, ..Trial::default() })
        }
    }

    #[test]
    fn a_report_is_told_in_a_sentence_and_survives_its_file() {
        let plan = SearchPlan { rungs: vec![32, 64, 128], start: 128, seconds: 10.0, repeats: 3, allow: 0 };
        let found = search(&plan, &mut Good, &mut |_, _| ()).unwrap();
        let report = QuantumReport {
            origin: Origin::here(),
            server: Kind::Jack,
            rate: 48_000,
            load_percent: 50,
            stress: vec![Load::Cpu],
            found,
            set: None,
        };
        let text = report_text(&report);
        assert!(
            text.contains("Lowest stable period 64 frames (1.33 ms), recommended 128 (2.67 ms)"),
            "{text}"
        );
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), &report).unwrap();
        assert_eq!(load(folder.path()).unwrap().as_ref(), Some(&report));
        let sentence = report.sentence();
        for part in [
            "JACK at 48000 Hz, 50 % of each period burnt beside cpu",
            "64 frames (1.33 ms; ",
            "recommended 128",
        ] {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert!(!sentence.contains(&report.origin.host) || report.origin.host.len() < 3, "{sentence}");
        std::fs::write(folder.path().join(REPORT_FILE), "{").unwrap();
        assert_eq!(load(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(load(&folder.path().join("nothing")).unwrap(), None);
    }
}
