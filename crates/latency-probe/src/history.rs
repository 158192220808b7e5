//! The history: one file with every run.
//!
//! redb was chosen over SQLite and fjall: it is one file, pure Rust (no C compiler when cross-building for a pedal), and its
//! copy-on-write pages mean that a power cut loses at most the run that was being written. Queries need no SQL here: runs are
//! read in order.

use crate::result::{LoopReport, Origin, Verdict};
use crate::sched::SchedReport;
use crate::soak::SoakReport;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Name of the file inside the history folder.
pub const FILE: &str = "history.redb";

/// Most runs that are kept: more than a year of one every hour. A service that measures for ever must not fill the disk, and
/// all of them are read for a report.
pub const MOST_RUNS: u64 = 10_000;

const RUNS: TableDefinition<u64, &[u8]> = TableDefinition::new("runs");

/// Any run, as it is stored and printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Run {
    /// A round trip.
    Loop(LoopReport),
    /// Scheduling latency.
    Sched(SchedReport),
    /// Xruns over time.
    Soak(SoakReport),
}

impl Run {
    /// Where and when it was made.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Loop(r) => &r.origin,
            Self::Sched(r) => &r.origin,
            Self::Soak(r) => &r.origin,
        }
    }

    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Loop(r) => r.verdict,
            Self::Sched(r) => r.verdict,
            Self::Soak(r) => r.verdict,
        }
    }

    /// The run in a few words.
    pub fn headline(&self) -> String {
        match self {
            Self::Loop(r) => match (r.delay_frames, r.delay_ms) {
                (Some(frames), Some(ms)) => {
                    format!("round trip {frames:.3} frames, {ms:.3} ms, period {}", r.period)
                }
                _ => format!("round trip: {}", r.reason),
            },
            Self::Sched(r) => {
                let worst = |f: fn(&crate::stats::Summary) -> u64| {
                    r.cpus.iter().map(|c| f(&c.latency)).max().unwrap_or(0)
                };
                let class = if r.real_time { "FIFO" } else { "OTHER" };
                let (p50, p999, max) = (worst(|l| l.p50_us), worst(|l| l.p999_us), worst(|l| l.max_us));
                format!("wake-up {class}: p50 {p50}, p99.9 {p999}, max {max} µs")
            }
            Self::Soak(r) => {
                format!("soak at {} frames, {} % DSP: {}", r.period, r.load_percent, r.confidence)
            }
        }
    }
}

/// A run with its number in the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Stored {
    /// Counted from 1, in the order of storing.
    pub id: u64,
    /// The run.
    pub run: Run,
}

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The folder or file cannot be opened.
    #[error(
        "the history {path} cannot be opened ({why}): check that the folder is writable and that no other run holds it"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Reading or writing failed.
    #[error("the history {path} cannot be used ({why})")]
    Use {
        /// The file.
        path: PathBuf,
        /// What the database said.
        why: String,
    },
}

/// An open history.
pub struct History {
    database: Database,
    path: PathBuf,
}

impl History {
    /// Opens or makes the history in `folder`; waits up to two seconds while another process holds it.
    ///
    /// # Errors
    /// [`HistoryError::Open`].
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        let path = folder.join(FILE);
        let fail = |why: String| HistoryError::Open { path: path.clone(), why };
        std::fs::create_dir_all(folder).map_err(|e| fail(e.to_string()))?;
        let start = Instant::now();
        loop {
            match Database::create(&path) {
                Ok(database) => return Ok(Self { database, path }),
                Err(DatabaseError::DatabaseAlreadyOpen) if start.elapsed() < Duration::from_secs(2) => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => return Err(fail(error.to_string())),
            }
        }
    }

    fn fail(&self, why: impl std::fmt::Display) -> HistoryError {
        HistoryError::Use { path: self.path.clone(), why: why.to_string() }
    }

    /// Stores a run; returns its number. Durable when this returns. Of more than [`MOST_RUNS`] the oldest are dropped.
    ///
    /// # Errors
    /// [`HistoryError::Use`].
    pub fn append(&self, run: &Run) -> Result<u64, HistoryError> {
        self.append_and_keep(run, MOST_RUNS)
    }

    fn append_and_keep(&self, run: &Run, most: u64) -> Result<u64, HistoryError> {
        let bytes = serde_json::to_vec(run).map_err(|e| self.fail(e))?;
        let write = self.database.begin_write().map_err(|e| self.fail(e))?;
        let id = {
            let mut table = write.open_table(RUNS).map_err(|e| self.fail(e))?;
            let last = table.last().map_err(|e| self.fail(e))?.map_or(0, |(key, _)| key.value());
            table.insert(last + 1, bytes.as_slice()).map_err(|e| self.fail(e))?;
            while table.len().map_err(|e| self.fail(e))? > most {
                table.pop_first().map_err(|e| self.fail(e))?;
            }
            last + 1
        };
        write.commit().map_err(|e| self.fail(e))?;
        Ok(id)
    }

    /// All runs, oldest first. Runs that a newer version wrote and this one cannot read are left out.
    ///
    /// # Errors
    /// [`HistoryError::Use`].
    pub fn all(&self) -> Result<Vec<Stored>, HistoryError> {
        let read = self.database.begin_read().map_err(|e| self.fail(e))?;
        let table = match read.open_table(RUNS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(self.fail(error)),
        };
        let mut runs = Vec::new();
        for entry in table.iter().map_err(|e| self.fail(e))? {
            let (key, value) = entry.map_err(|e| self.fail(e))?;
            if let Ok(run) = serde_json::from_slice(value.value()) {
                runs.push(Stored { id: key.value(), run });
            }
        }
        Ok(runs)
    }
}

/// Writes a file so that a reader sees the old content or the new, never a part.
///
/// # Errors
/// As the system says.
pub fn write_atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(std::io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let written = std::fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    // Without this the new name may be forgotten by a power cut although the content is on the disk.
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::channel::ChannelSpec;
    use crate::result::Setting;
    use crate::roundtrip::{LoopConfig, Method, SimulatedLoop, measure};

    /// A round-trip run with a known delay.
    pub(crate) fn loop_run(delay: f64, target_ms: Option<f64>) -> Run {
        let mut target = SimulatedLoop { spec: ChannelSpec { delay, ..Default::default() }, rate: 48_000 };
        let attempted = measure(&mut target, &LoopConfig::default(), &mut |_| {}).unwrap();
        let setting = Setting {
            method: Method::Mls,
            rate: 48_000,
            period: 128,
            pair: None,
            target_ms,
            periods: 2,
            asynchronous: false,
        };
        Run::Loop(LoopReport::new(&setting, &attempted))
    }

    #[test]
    fn runs_come_back_in_order_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let runs = [loop_run(480.0, None), loop_run(960.5, Some(1.0))];
        for (i, run) in runs.iter().enumerate() {
            assert_eq!(History::open(folder.path()).unwrap().append(run).unwrap(), i as u64 + 1);
        }
        let back = History::open(folder.path()).unwrap().all().unwrap();
        assert_eq!(back.iter().map(|s| s.run.clone()).collect::<Vec<_>>(), runs);
        assert_eq!(back[1].run.verdict(), Verdict::OverTarget);
    }

    #[test]
    fn the_oldest_runs_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(folder.path()).unwrap();
        let run = loop_run(480.0, None);
        for _ in 0..5 {
            history.append_and_keep(&run, 3).unwrap();
        }
        assert_eq!(history.all().unwrap().iter().map(|stored| stored.id).collect::<Vec<_>>(), [3, 4, 5]);
    }

    #[test]
    fn an_empty_history_is_empty_and_garbage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(History::open(folder.path()).unwrap().all().unwrap(), []);
        std::fs::write(folder.path().join(FILE), b"not a database, but long enough to be looked at").unwrap();
        assert!(matches!(History::open(folder.path()), Err(HistoryError::Open { .. })));
    }

    #[test]
    fn atomic_writes_replace_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metrics.prom");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
