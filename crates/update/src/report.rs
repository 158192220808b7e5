//! What people are told of an update: beside the state, which is kept as small as safety allows.

use crate::profile::{Generation, Profile};
use crate::state::State;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A system that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// For people, such as `2026-11-21 (5d1f0a2)`.
    pub version: String,
    /// What tells it from others: the commit.
    pub revision: String,
}

/// Work that a process is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// For people.
    pub what: String,
    /// The process: when it is gone, so is the work.
    pub process: u32,
}

/// What was found and what went wrong: the file `report.json` beside the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// A newer system, as the last look found it.
    pub available: Option<Offer>,
    /// The newest system that was fetched.
    pub fetched: Option<Offer>,
    /// What is being done.
    pub work: Option<Work>,
    /// Why the last thing that was asked for was not done.
    pub problem: Option<String>,
}

/// The report's file, beside the state's.
fn place(state: &Path) -> PathBuf {
    state.with_file_name("report.json")
}

impl Report {
    /// Reads the report beside a state; one that is missing or spoilt says nothing.
    pub fn load(state: &Path) -> Self {
        fs::read(place(state)).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn save(&self, state: &Path) -> io::Result<()> {
        replace(&place(state), &serde_json::to_vec_pretty(self)?)
    }
}

/// Writes a file whole or not at all; on an error the old one is still there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

/// Where an update stands, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Version of the system that the next boot takes.
    pub present: Option<String>,
    /// The version before it.
    pub previous: Option<String>,
    /// A newer version can be had.
    pub available: Option<String>,
    /// This version is here and waits for a boot.
    pub staged: Option<String>,
    /// What is being done.
    pub running: Option<String>,
    /// What went wrong with the last thing that was asked for.
    pub failed: Option<String>,
}

/// Looks: a few small files.
pub fn look(profile: &Profile, state: &Path) -> Status {
    let report = Report::load(state);
    let current = profile.current().ok();
    let version = |generation: Generation| {
        profile.version(generation).unwrap_or_else(|| format!("generation {generation}"))
    };
    let mut status = Status {
        present: current.map(version),
        previous: current.and_then(|current| profile.before(current)).map(version),
        available: report.available.map(|offer| offer.version),
        failed: report.problem,
        running: report.work.filter(|work| alive(work.process)).map(|work| work.what),
        ..Status::default()
    };
    match State::load(state).unwrap_or_default() {
        State::Idle => {}
        State::Staged { generation } => {
            status.staged = Some(report.fetched.map_or_else(|| version(generation), |offer| offer.version));
        }
        State::Trial { to, .. } => {
            status.running.get_or_insert_with(|| format!("{} is on trial: it must pass audio", version(to)));
        }
        State::RolledBack { to, reason, .. } => {
            status.failed.get_or_insert_with(|| format!("{} was undone: {reason}", version(to)));
        }
    }
    status
}

fn alive(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_a_process_that_is_gone_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.json");
        let profile = Profile::at(&folder.path().join("system")).unwrap();
        assert_eq!(look(&profile, &state), Status::default());
        let work = |process| Some(Work { what: "Fetching".into(), process });
        Report { work: work(std::process::id()), ..Report::default() }.save(&state).unwrap();
        assert_eq!(look(&profile, &state).running.as_deref(), Some("Fetching"));
        // above the greatest number that the kernel gives
        Report { work: work(u32::MAX), ..Report::default() }.save(&state).unwrap();
        assert_eq!(look(&profile, &state).running, None);
        fs::write(place(&state), "{").unwrap();
        assert_eq!(look(&profile, &state), Status::default());
    }
}
