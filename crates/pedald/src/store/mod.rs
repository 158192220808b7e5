//! Boards, banks and versions on the disk, as jobs for a thread of their own.

mod convert;
mod flac;
mod folder;
mod leftovers;
mod loudness;
mod memory;
mod own;
mod recorder;
mod versions;

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::{Bank, Board, BoardRead, Library, Version};

pub use folder::FolderDisk;
pub use leftovers::{boot_time, sweep};
pub use loudness::{REFERENCE_RATE, reference_phrase};
pub use memory::{Contents, MemoryDisk};

/// Something to do on the disk.
#[derive(Debug, Clone, PartialEq)]
pub enum DiskJob {
    /// At the start: boards, banks, and the board of the last time.
    Start,
    /// Reads a board.
    Read {
        /// Its bundle.
        bundle: PathBuf,
    },
    /// Writes a board, whole or not at all.
    Save {
        /// The board.
        board: Arc<Board>,
        /// Its title.
        title: String,
        /// Whether it gets a new bundle.
        as_new: bool,
    },
    /// Writes the snapshots of a board that has a bundle, and nothing else of it.
    SaveSnapshots {
        /// The board.
        board: Arc<Board>,
    },
    /// Deletes a board, in the banks too.
    Remove {
        /// Its bundle.
        bundle: PathBuf,
    },
    /// Writes what is not saved, in case the power is cut.
    Autosave {
        /// The board.
        board: Arc<Board>,
    },
    /// Keeps a version of a board.
    KeepVersion {
        /// The board.
        board: Arc<Board>,
        /// What the player calls it.
        name: String,
    },
    /// Lists the versions of a board.
    ListVersions {
        /// Its bundle; `None` for boards that were never saved.
        bundle: Option<PathBuf>,
    },
    /// Deletes a version of a board; answers those that are left.
    DeleteVersion {
        /// The board's bundle.
        bundle: Option<PathBuf>,
        /// The version.
        id: String,
    },
    /// Reads a version of a board.
    ReadVersion {
        /// The board's bundle.
        bundle: Option<PathBuf>,
        /// The version.
        id: String,
    },
    /// Reads the boards and banks anew.
    Scan,
    /// Writes the banks.
    SaveBanks {
        /// All of them.
        banks: Vec<Bank>,
    },
    /// Writes which board and bank come up at the next start.
    Remember {
        /// The board.
        bundle: Option<PathBuf>,
        /// The bank.
        bank: Option<usize>,
    },
    /// Measures the loudness of a board.
    Loudness {
        /// Its bundle.
        bundle: PathBuf,
    },
    /// Begins or ends a recording.
    Record {
        /// Whether it begins.
        on: bool,
    },
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum DiskAnswer {
    /// It was done.
    Done,
    /// Everything for the start; the board of the last time, if there is one that can be read.
    Started {
        /// Boards and banks.
        library: Library,
        /// The board.
        board: Option<BoardRead>,
        /// Why the board of the last time is not there, if it should be.
        problem: Option<String>,
    },
    /// A board.
    Board(BoardRead),
    /// A board was saved.
    Saved {
        /// Its bundle.
        bundle: PathBuf,
        /// Its title.
        title: String,
    },
    /// Boards and banks.
    Library(Library),
    /// Versions, newest first.
    Versions(Vec<Version>),
    /// Loudness of a board.
    Loudness {
        /// Its bundle.
        bundle: PathBuf,
        /// Greatest short-term loudness in LUFS.
        short_term: f32,
    },
    /// A recording.
    Recording {
        /// Its file.
        file: PathBuf,
        /// Whether it goes on.
        running: bool,
    },
}

/// Something that the disk tells by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskNews {
    /// A recording has ended that nobody has ended.
    RecordingEnded {
        /// What was recorded until then; `None` when nothing of it could be kept.
        file: Option<PathBuf>,
        /// Why, as a sentence.
        reason: String,
    },
}

/// Takes news, on any thread.
pub type Tell = Arc<dyn Fn(DiskNews) + Send + Sync>;

/// The disk. Jobs may take long; they are done one after the other on a thread of their own. The error is a sentence.
pub trait Disk: Send + 'static {
    /// Does a job.
    fn run(&mut self, job: DiskJob) -> Result<DiskAnswer, String>;

    /// Says who wants to know what happens between the jobs. One that does nothing then has nothing to tell.
    fn tell_to(&mut self, _: Tell) {}

    /// Another one on the same folders, for jobs that take seconds ([`DiskJob::Loudness`]); `None`: they are done in their
    /// turn.
    fn beside(&self) -> Option<Box<dyn Disk>> {
        None
    }
}
