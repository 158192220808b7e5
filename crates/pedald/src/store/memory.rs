//! Boards in memory instead of on a disk, for tests and for demonstrations that leave nothing behind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskAnswer, DiskJob};
use crate::session::{Bank, Board, BoardEntry, BoardRead, Library, Version};

/// What the disk holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Boards by bundle.
    pub boards: BTreeMap<PathBuf, Arc<Board>>,
    /// Bundles that cannot be read.
    pub unreadable: Vec<PathBuf>,
    /// Banks.
    pub banks: Vec<Bank>,
    /// What comes up at the start.
    pub last: Option<PathBuf>,
    /// Kept versions, by identifier.
    pub versions: Vec<(Version, Arc<Board>)>,
    /// Everything that was asked for.
    pub jobs: Vec<DiskJob>,
}

/// A disk in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    contents: Arc<Mutex<Contents>>,
}

impl MemoryDisk {
    /// What it holds.
    pub fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a board there.
    pub fn with(self, bundle: &str, board: Board) -> Self {
        let bundle = PathBuf::from(bundle);
        let board = Board { bundle: Some(bundle.clone()), ..board };
        self.contents().boards.insert(bundle, Arc::new(board));
        self
    }
}

impl Contents {
    fn library(&self) -> Library {
        let boards = self.boards.iter().map(|(bundle, board)| BoardEntry {
            title: board.title.clone(),
            bundle: bundle.clone(),
            broken: self.unreadable.contains(bundle),
            factory: false,
            version: 1,
        });
        Library { boards: boards.collect(), banks: self.banks.clone(), bank: None }
    }

    fn read(&self, bundle: &PathBuf) -> Result<BoardRead, String> {
        if self.unreadable.contains(bundle) {
            return Err(format!("{} is no board", bundle.display()));
        }
        let board = self.boards.get(bundle).ok_or_else(|| format!("there is no {}", bundle.display()))?;
        Ok(BoardRead { board: board.clone(), problems: Vec::new() })
    }
}

impl Disk for MemoryDisk {
    fn run(&mut self, job: DiskJob) -> Result<DiskAnswer, String> {
        let mut contents = self.contents();
        contents.jobs.push(job.clone());
        Ok(match job {
            DiskJob::Start => {
                let read = contents.last.as_ref().map(|bundle| contents.read(bundle));
                let (board, problem) = match read {
                    Some(Ok(board)) => (Some(board), None),
                    Some(Err(problem)) => (None, Some(problem)),
                    None => (None, None),
                };
                DiskAnswer::Started { library: contents.library(), board, problem }
            }
            DiskJob::Read { bundle } => DiskAnswer::Board(contents.read(&bundle)?),
            DiskJob::Save { board, title, as_new } => {
                let new = || PathBuf::from(format!("/boards/{title}.pedalboard"));
                let bundle = board.bundle.clone().filter(|_| !as_new).unwrap_or_else(new);
                let board = Board { bundle: Some(bundle.clone()), title: title.clone(), ..(*board).clone() };
                contents.boards.insert(bundle.clone(), Arc::new(board));
                DiskAnswer::Saved { bundle, title }
            }
            DiskJob::Remove { bundle } => {
                contents.boards.remove(&bundle);
                for bank in &mut contents.banks {
                    bank.boards.retain(|other| *other != bundle);
                }
                DiskAnswer::Library(contents.library())
            }
            DiskJob::Scan => DiskAnswer::Library(contents.library()),
            DiskJob::SaveBanks { banks } => {
                contents.banks = banks;
                DiskAnswer::Done
            }
            DiskJob::Remember { bundle, .. } => {
                contents.last = bundle;
                DiskAnswer::Done
            }
            DiskJob::KeepVersion { board, name } => {
                let number = contents.versions.len();
                let version = Version { id: number.to_string(), name, time: number as u64 };
                contents.versions.insert(0, (version, board));
                DiskAnswer::Done
            }
            DiskJob::ListVersions { .. } => {
                DiskAnswer::Versions(contents.versions.iter().map(|(version, _)| version.clone()).collect())
            }
            DiskJob::DeleteVersion { id, .. } => {
                let before = contents.versions.len();
                contents.versions.retain(|(version, _)| version.id != id);
                if contents.versions.len() == before {
                    return Err("there is no such version".into());
                }
                DiskAnswer::Versions(contents.versions.iter().map(|(version, _)| version.clone()).collect())
            }
            DiskJob::ReadVersion { id, .. } => {
                let found = contents.versions.iter().find(|(version, _)| version.id == id);
                let board = found.map(|(_, board)| board.clone()).ok_or("there is no such version")?;
                DiskAnswer::Board(BoardRead { board, problems: Vec::new() })
            }
            DiskJob::Loudness { bundle } => {
                let board = contents.read(&bundle)?.board;
                DiskAnswer::Loudness { bundle, short_term: -30.0 + board.plugins.len() as f32 }
            }
            DiskJob::Record { on } => {
                DiskAnswer::Recording { file: "/recordings/1.flac".into(), running: on }
            }
            DiskJob::SaveSnapshots { .. } | DiskJob::Autosave { .. } => DiskAnswer::Done,
        })
    }
}
