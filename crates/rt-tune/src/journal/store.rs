//! The journal's file: locked while a program changes the machine, appended line by line, empty when nothing is open.

use super::{Entry, Open, Record, open_places};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Why the journal cannot be used. Without a journal nothing is changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Its file cannot be read or written.
    #[error("the journal {path} cannot be used: {source} (run as root, or name another folder with --state)")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that is no record, with others after it.
    #[error(
        "line {line} of the journal {path} is damaged: {why} (what stands there is kept; move the file away once the values are restored by hand)"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Another program changes the machine at this moment.
    #[error("another rt-tune is changing this machine (lock {path}): wait for it, or stop the service first")]
    Locked {
        /// Which file.
        path: PathBuf,
    },
}

/// The open journal. While it lives, no other program of ours changes the machine.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    records: Vec<Record>,
    next: u64,
    _lock: Flock<File>,
}

/// How long a change of another program is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

fn path_in(folder: &Path) -> PathBuf {
    folder.join("journal.jsonl")
}

impl Journal {
    /// Opens the journal of a folder, which is made when it is missing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = path_in(folder);
        let failed = |source| JournalError::File { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let lock_path = folder.join("lock");
        let options =
            || File::options().create(true).truncate(false).write(true).mode(0o600).open(&lock_path);
        let mut file = options().map_err(failed)?;
        let end = Instant::now() + PATIENCE;
        let lock = loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => break lock,
                Err((back, nix::errno::Errno::EWOULDBLOCK)) if Instant::now() < end => {
                    file = back;
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err((_, nix::errno::Errno::EWOULDBLOCK)) => {
                    return Err(JournalError::Locked { path: lock_path });
                }
                Err((_, error)) => return Err(failed(error.into())),
            }
        };
        let records = Self::read(folder)?;
        let next = records.iter().map(number).max().unwrap_or(0) + 1;
        let mut journal = Self { path, records: compact(records), next, _lock: lock };
        // A cut line would run into the next one, and what is settled is not needed any more.
        journal.rewrite()?;
        Ok(journal)
    }

    /// What stands in the journal of a folder, without opening it for writing; empty when there is none.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(folder: &Path) -> Result<Vec<Record>, JournalError> {
        let path = path_in(folder);
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(JournalError::File { path, source }),
        };
        let mut records = Vec::new();
        let count = text.split_inclusive('\n').count();
        for (i, line) in text.split_inclusive('\n').enumerate() {
            // Only a whole line was on the disk before its write began.
            let whole = line.ends_with('\n');
            match serde_json::from_str(line) {
                Ok(record) if whole => records.push(record),
                _ if i + 1 == count => break,
                Ok(_) => unreachable!("only the last line has no end"),
                Err(error) => {
                    return Err(JournalError::Damaged { path, line: i + 1, why: error.to_string() });
                }
            }
        }
        Ok(records)
    }

    /// What is open.
    pub fn open_places(&self) -> Vec<Open> {
        open_places(&self.records)
    }

    /// Notes a change that is about to happen; it is on the disk when this returns. Gives its number.
    ///
    /// # Errors
    /// [`JournalError`]; then the change must not happen.
    pub fn intend(&mut self, mut entry: Entry) -> Result<u64, JournalError> {
        entry.number = self.next;
        self.next += 1;
        let number = entry.number;
        self.append(Record::Intent(entry))?;
        Ok(number)
    }

    /// Notes that an intended write changed nothing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn void(&mut self, number: u64) -> Result<(), JournalError> {
        self.append(Record::Void { number })
    }

    /// Notes that a place is as it was found.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn undone(&mut self, open: &Open) -> Result<(), JournalError> {
        for number in &open.numbers {
            self.append(Record::Undone { number: *number })?;
        }
        if self.open_places().is_empty() {
            self.records.clear();
            self.rewrite()?;
        }
        Ok(())
    }

    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let line = line(&record);
        let written =
            File::options().create(true).append(true).mode(0o600).open(&self.path).and_then(|mut file| {
                file.write_all(line.as_bytes())?;
                file.sync_data()
            });
        written.map_err(|source| JournalError::File { path: self.path.clone(), source })?;
        self.records.push(record);
        Ok(())
    }

    /// Writes the whole file anew, or removes it when it would be empty.
    fn rewrite(&mut self) -> Result<(), JournalError> {
        let failed = |source| JournalError::File { path: self.path.clone(), source };
        if self.open_places().is_empty() {
            self.records.clear();
            return match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
                _ => Ok(()),
            };
        }
        let text: String = self.records.iter().map(line).collect();
        if std::fs::read(&self.path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        latency_probe::history::write_atomically(&self.path, text.as_bytes()).map_err(failed)
    }
}

fn line(record: &Record) -> String {
    serde_json::to_string(record).expect("a record has no map keys that are not strings") + "\n"
}

/// Without what is settled, and without repetitions: a service that sets the same value each day keeps two lines of it.
fn compact(records: Vec<Record>) -> Vec<Record> {
    let open = open_places(&records);
    let mut seen: Vec<(&Entry, usize)> = Vec::new();
    let needed: Vec<bool> = records
        .iter()
        .map(|record| {
            let Record::Intent(entry) = record else { return false };
            let Some(place) = open.iter().position(|o| o.numbers.contains(&entry.number)) else {
                return false;
            };
            let known = seen.iter().any(|(other, at)| *at == place && other.after == entry.after);
            seen.push((entry, place));
            !known
        })
        .collect();
    drop(seen);
    records.into_iter().zip(needed).filter_map(|(record, needed)| needed.then_some(record)).collect()
}

fn number(record: &Record) -> u64 {
    match record {
        Record::Intent(entry) => entry.number,
        Record::Void { number } | Record::Undone { number } => *number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Place;

    fn entry(path: &str) -> Entry {
        let (before, after) = (Some("1\n".to_owned()), Some("2".to_owned()));
        Entry { number: 0, fix: "f".into(), place: Place::text(path), before, after, boot: "b".into() }
    }

    #[test]
    fn records_come_back_after_the_program_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert_eq!((journal.intend(entry("/a")).unwrap(), journal.intend(entry("/b")).unwrap()), (1, 2));
        drop(journal);
        let mut journal = Journal::open(folder.path()).unwrap();
        let open = journal.open_places();
        assert_eq!(open.len(), 2);
        assert_eq!(journal.intend(entry("/c")).unwrap(), 3);
        for place in journal.open_places() {
            journal.undone(&place).unwrap();
        }
        assert!(!path_in(folder.path()).exists());
    }

    #[test]
    fn what_is_settled_or_repeated_leaves_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        journal.intend(entry("/kept")).unwrap();
        for _ in 0..50 {
            let number = journal.intend(entry("/void")).unwrap();
            journal.void(number).unwrap();
            journal.intend(entry("/kept")).unwrap();
        }
        let open = journal.open_places();
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.open_places()[0].first, open[0].first);
        assert_eq!(journal.open_places().len(), 1);
        drop(journal);
        assert_eq!(Journal::read(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_cut_last_line_is_dropped_and_an_earlier_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(folder.path());
        let mut journal = Journal::open(folder.path()).unwrap();
        journal.intend(entry("/a")).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, [&whole[..], &whole[..cut]].concat()).unwrap();
            let mut journal = Journal::open(folder.path()).unwrap();
            assert_eq!(journal.open_places().len(), 1, "cut at {cut}");
            journal.intend(entry("/b")).unwrap();
            drop(journal);
            assert_eq!(open_places(&Journal::read(folder.path()).unwrap()).len(), 2, "cut at {cut}");
        }
        std::fs::write(&path, [b"nonsense\n", &whole[..]].concat()).unwrap();
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Damaged { line: 1, .. })));
    }
}
