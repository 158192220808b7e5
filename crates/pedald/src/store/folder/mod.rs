//! The real disk: bundles, banks, the last board, kept versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pedalboard::{Banks, Bundle, Files, Last, Stored, boards, delete_bundle, new_bundle_folder};

use super::loudness::LoudnessMeter;
use super::recorder::Recording;
use super::versions::Versions;
use super::{Disk, DiskAnswer, DiskJob, Tell, convert};
use crate::context::Paths;
use crate::session::{Bank, Board, BoardEntry, BoardRead, Catalogue, Library};

/// Boards and banks in mod-ui's folders.
pub struct FolderDisk {
    files: Arc<dyn Files>,
    paths: Paths,
    catalogue: Arc<dyn Catalogue>,
    versions: Versions,
    loudness: LoudnessMeter,
    recording: Option<Recording>,
    tell: Tell,
}

impl std::fmt::Debug for FolderDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderDisk").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl FolderDisk {
    /// Boards in these folders, with these plugins.
    pub fn new(paths: Paths, catalogue: Arc<dyn Catalogue>) -> Self {
        let files: Arc<dyn Files> = Arc::new(pedalboard::Disk);
        let versions = Versions::new(files.clone(), paths.state.join("versions"));
        let loudness = LoudnessMeter::new(paths.cache.join("loudness"));
        Self { files, paths, catalogue, versions, loudness, recording: None, tell: Arc::new(|_| {}) }
    }

    fn banks_file(&self) -> PathBuf {
        self.paths.data.join("banks.json")
    }

    fn last_file(&self) -> PathBuf {
        self.paths.data.join("last.json")
    }

    /// The player's banks; those of the system while the player has none.
    fn banks(&self) -> Result<Stored<Banks>, String> {
        let words = |error: pedalboard::ReadError| error.to_string();
        let own = Stored::read(&*self.files, &self.banks_file()).map_err(words)?;
        if own.exists() {
            return Ok(own);
        }
        let folder = &self.paths.factory_pedalboards;
        let found = Stored::<Banks>::read(&*self.files, &folder.join("banks.json")).map_err(words)?;
        // the system's name their boards relative to the folder they are in, wherever that is installed
        let mut banks = Stored::<Banks>::default();
        banks.value.0.extend(found.value.0.into_iter().map(|mut bank| {
            bank.pedalboards.iter_mut().for_each(|entry| entry.bundle = folder.join(&entry.bundle));
            bank
        }));
        Ok(banks)
    }

    fn library(&self) -> Result<Library, String> {
        let mut entries = Vec::new();
        for (folder, factory) in [(&self.paths.pedalboards, false), (&self.paths.factory_pedalboards, true)] {
            let found = boards(&*self.files, folder).map_err(|error| error.to_string())?;
            entries.extend(found.into_iter().map(|summary| BoardEntry {
                broken: summary.broken(|uri| self.catalogue.plugin(uri).is_some()),
                title: summary.title,
                bundle: summary.bundle,
                factory,
                version: summary.version,
            }));
        }
        entries.sort_by_cached_key(|entry| (entry.title.to_lowercase(), entry.bundle.clone()));
        // a file of banks that is no such file hides no boards
        let banks = self.banks().map_err(|error| tracing::error!("{error}")).unwrap_or_default();
        let banks = banks.value.0.into_iter().map(|bank| Bank {
            title: bank.title,
            boards: bank
                .pedalboards
                .into_iter()
                .map(|entry| entry.bundle)
                .filter(|bundle| bundle.is_dir())
                .collect(),
        });
        Ok(Library { boards: entries, banks: banks.collect(), bank: None })
    }

    fn read(&self, bundle: &Path) -> Result<BoardRead, String> {
        // a write that a power cut has interrupted is finished or undone first; a folder that cannot be written is read as it is
        if let Err(error) = pedalboard::recover(&*self.files, bundle) {
            tracing::debug!(%error, bundle = %bundle.display(), "recover");
        }
        let bundle = Bundle::read(&*self.files, bundle).map_err(|error| error.to_string())?;
        Ok(convert::board(&bundle, &*self.catalogue))
    }

    fn start(&self) -> Result<DiskAnswer, String> {
        let mut library = self.library()?;
        let last = Stored::<Last>::read(&*self.files, &self.last_file());
        let mut problem = last.as_ref().err().map(ToString::to_string);
        let last = last.unwrap_or_default().value;
        library.bank = last.chosen().filter(|bank| *bank < library.banks.len());
        let first = || library.sequence().first().map(|bundle| (*bundle).clone());
        let wanted = Some(last.pedalboard).filter(|bundle| !bundle.as_os_str().is_empty()).or_else(first);
        let mut board = None;
        if let Some(bundle) = wanted {
            match self.read(&bundle) {
                Ok(mut read) => {
                    if let Some(sentence) = self.versions.newer_than(&bundle) {
                        read.problems.push(sentence);
                    }
                    board = Some(read);
                }
                Err(error) => {
                    problem = Some(format!("the board of the last time could not be loaded: {error}"))
                }
            }
        }
        Ok(DiskAnswer::Started { library, board, problem })
    }

    fn save(&self, board: &Board, title: &str, as_new: bool) -> Result<DiskAnswer, String> {
        let words = |error: pedalboard::WriteError| error.to_string();
        let own = board
            .bundle
            .as_ref()
            .filter(|bundle| !as_new && !bundle.starts_with(&self.paths.factory_pedalboards));
        let old = board.bundle.as_deref().and_then(|bundle| Bundle::read(&*self.files, bundle).ok());
        let mut bundle = match (own, old) {
            (Some(_), Some(mut bundle)) => {
                convert::update(&mut bundle, board, title);
                bundle
            }
            (Some(folder), None) => convert::new_bundle(folder.clone(), board, title),
            (None, old) => {
                let folder =
                    new_bundle_folder(&*self.files, &self.paths.pedalboards, title).map_err(words)?;
                let mut bundle = convert::new_bundle(folder, board, title);
                // pi-stomp's overlay belongs to the board, whatever it is called
                bundle.config = old.and_then(|old| old.config);
                bundle
            }
        };
        bundle.graph.version += 1;
        bundle.save(&*self.files).map_err(words)?;
        Ok(DiskAnswer::Saved { bundle: bundle.folder, title: title.to_owned() })
    }

    fn save_snapshots(&self, board: &Board) -> Result<DiskAnswer, String> {
        let folder = board.bundle.as_ref().ok_or("the board was never saved")?;
        let mut bundle = Bundle::read(&*self.files, folder).map_err(|error| error.to_string())?;
        convert::update_snapshots(&mut bundle, board);
        bundle.save(&*self.files).map_err(|error| error.to_string())?;
        Ok(DiskAnswer::Done)
    }

    fn remove(&self, bundle: &Path) -> Result<DiskAnswer, String> {
        // directly there, without `..` on the way: the path comes from whoever may edit
        if bundle.parent() != Some(&*self.paths.pedalboards) || bundle.file_name().is_none() {
            return Err(format!("{} came with the system and stays", bundle.display()));
        }
        delete_bundle(&*self.files, bundle).map_err(|error| error.to_string())?;
        let mut banks = self.banks()?;
        if banks.value.forget(bundle) {
            banks.write(&*self.files, &self.banks_file()).map_err(|error| error.to_string())?;
        }
        Ok(DiskAnswer::Library(self.library()?))
    }

    fn save_banks(&self, banks: &[Bank]) -> Result<DiskAnswer, String> {
        let mut stored = self.banks()?;
        let title = |bundle: &Path| {
            pedalboard::summary(&*self.files, bundle).map(|summary| summary.title).unwrap_or_default()
        };
        let old = std::mem::take(&mut stored.value.0);
        stored.value.0 = banks
            .iter()
            .map(|bank| {
                let before = old.iter().find(|other| other.title == bank.title);
                let entry = |bundle: &PathBuf| {
                    let known =
                        before.and_then(|bank| bank.pedalboards.iter().find(|entry| entry.bundle == *bundle));
                    known.cloned().unwrap_or_else(|| pedalboard::BankEntry {
                        title: title(bundle),
                        bundle: bundle.clone(),
                        rest: serde_json::Map::new(),
                    })
                };
                pedalboard::Bank {
                    title: bank.title.clone(),
                    pedalboards: bank.boards.iter().map(entry).collect(),
                    rest: before.map(|bank| bank.rest.clone()).unwrap_or_default(),
                }
            })
            .collect();
        stored.write(&*self.files, &self.banks_file()).map_err(|error| error.to_string())?;
        Ok(DiskAnswer::Done)
    }

    fn remember(&self, bundle: Option<PathBuf>, bank: Option<usize>) -> Result<DiskAnswer, String> {
        let mut last = Stored::<Last>::read(&*self.files, &self.last_file()).unwrap_or_default();
        last.value.pedalboard = bundle.unwrap_or_default();
        last.value.choose(bank);
        last.write(&*self.files, &self.last_file()).map_err(|error| error.to_string())?;
        Ok(DiskAnswer::Done)
    }
}

impl FolderDisk {
    fn record(&mut self, on: bool) -> Result<DiskAnswer, String> {
        match (on, self.recording.take()) {
            (true, Some(recording)) if !recording.is_over() => {
                let file = recording.file.clone();
                self.recording = Some(recording);
                Ok(DiskAnswer::Recording { file, running: true })
            }
            (true, over) => {
                drop(over);
                let folder = self.paths.user_files.join("Audio Recordings");
                let recording = Recording::start(&folder, self.tell.clone())?;
                let file = recording.file.clone();
                self.recording = Some(recording);
                Ok(DiskAnswer::Recording { file, running: true })
            }
            (false, Some(recording)) => Ok(DiskAnswer::Recording { file: recording.stop()?, running: false }),
            (false, None) => Err("nothing is being recorded".into()),
        }
    }
}

impl Disk for FolderDisk {
    fn beside(&self) -> Option<Box<dyn Disk>> {
        Some(Box::new(Self::new(self.paths.clone(), self.catalogue.clone())))
    }

    fn tell_to(&mut self, tell: Tell) {
        self.tell = tell;
    }

    fn run(&mut self, job: DiskJob) -> Result<DiskAnswer, String> {
        match job {
            DiskJob::Start => self.start(),
            DiskJob::Read { bundle } => self.read(&bundle).map(DiskAnswer::Board),
            DiskJob::Save { board, title, as_new } => self.save(&board, &title, as_new),
            DiskJob::SaveSnapshots { board } => self.save_snapshots(&board),
            DiskJob::Remove { bundle } => self.remove(&bundle),
            DiskJob::Autosave { board } => self.versions.keep(&board, None),
            DiskJob::KeepVersion { board, name } => self.versions.keep(&board, Some(&name)),
            DiskJob::ListVersions { bundle } => {
                self.versions.list(bundle.as_deref()).map(DiskAnswer::Versions)
            }
            DiskJob::DeleteVersion { bundle, id } => {
                self.versions.delete(bundle.as_deref(), &id)?;
                self.versions.list(bundle.as_deref()).map(DiskAnswer::Versions)
            }
            DiskJob::ReadVersion { bundle, id } => {
                let kept = self.versions.find(bundle.as_deref(), &id)?;
                let read = self.read(&kept)?;
                let saved = bundle.as_deref().and_then(|bundle| self.read(bundle).ok());
                let board = match saved {
                    Some(saved) => convert::with_states(&read.board, &saved.board),
                    None => (*read.board).clone(),
                };
                let board = Board { bundle, ..board };
                Ok(DiskAnswer::Board(BoardRead { board: Arc::new(board), ..read }))
            }
            DiskJob::Scan => self.library().map(DiskAnswer::Library),
            DiskJob::SaveBanks { banks } => self.save_banks(&banks),
            DiskJob::Remember { bundle, bank } => self.remember(bundle, bank),
            DiskJob::Loudness { bundle } => {
                let board = self.read(&bundle)?.board;
                let short_term = self.loudness.measure(&board)?;
                Ok(DiskAnswer::Loudness { bundle, short_term })
            }
            DiskJob::Record { on } => self.record(on),
        }
    }
}

#[cfg(test)]
mod tests;
