//! The real disk: bundles, banks, the last board, kept versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pedalboard::{Banks, Bundle, Files, Last, Stored, boards, delete_bundle, new_bundle_folder};

use super::loudness::LoudnessMeter;
use super::recorder::Recording;
use super::versions::Versions;
use super::{Disk, DiskAnswer, DiskJob, convert};
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
        Self { files, paths, catalogue, versions, loudness, recording: None }
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
            (true, Some(recording)) => {
                let file = recording.file.clone();
                self.recording = Some(recording);
                Ok(DiskAnswer::Recording { file, running: true })
            }
            (true, None) => {
                let recording = Recording::start(&self.paths.user_files.join("Audio Recordings"))?;
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
mod tests {
    use super::*;
    use crate::engine::FakeCatalogue;
    use crate::session::{
        Addressing, Bend, ControlPort, Endpoint, Instance, MidiBinding, Plugin, Press, SHAPES, Shape,
        SnapshotPlugin, Tempo, Value,
    };

    struct Place {
        folder: tempfile::TempDir,
        disk: FolderDisk,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().expect("folder");
        let mut paths = Paths::new(Some(folder.path().to_owned()), |_| None);
        paths.factory_pedalboards = folder.path().join("factory");
        let disk = FolderDisk::new(paths, Arc::new(FakeCatalogue::default()));
        Place { folder, disk }
    }

    fn lead() -> Board {
        let catalogue = FakeCatalogue::default();
        let plugin = |name: &str, number, uri| {
            let spec = catalogue.plugin(uri).expect("a fake plugin");
            Plugin { position: (10.5, 20.0), ..Plugin::new(Instance::new(name), number, spec) }
        };
        let mut amp = plugin("amp", 7, "urn:fake:amp");
        amp.values.insert("drive".into(), 0.3);
        amp.parameters.insert("urn:fake:amp#model".into(), Value { kind: 'p', text: "/m/Twin.nam".into() });
        let mut delay = Plugin { bypassed: true, ..plugin("delay", 2, "urn:fake:delay") };
        let binding = MidiBinding { channel: 13, controller: 61, min: 0.0, max: 1.0 };
        delay.midi.insert(":bypass".into(), binding);
        delay.midi.insert("time".into(), MidiBinding { controller: 75, min: 100.0, max: 300.0, ..binding });
        let mut board = Board {
            plugins: vec![Arc::new(amp), Arc::new(delay)],
            connections: vec![
                (Endpoint::parse("capture_1"), Endpoint::parse("amp/in")),
                (Endpoint::parse("amp/out"), Endpoint::parse("delay/in")),
                (Endpoint::parse("delay/left"), Endpoint::parse("playback_1")),
            ],
            tempo: Tempo { bpm: 97.5, beats_per_bar: 3.0, rolling: true },
            size: (800, 600),
            ..Board::empty()
        };
        board.tempo_midi.insert(":bpm".into(), MidiBinding { min: 60.0, max: 180.0, ..binding });
        let addressing = Addressing {
            port: ControlPort::new("delay", "feedback"),
            label: "Feedback".into(),
            minimum: 0.0,
            maximum: 0.7,
            steps: 33,
            tempo: false,
            dividers: None,
            momentary: false,
            rest: serde_json::Map::new(),
        };
        board.addressings.insert("/hmi/knob1".into(), vec![addressing]);
        let shape = Shape { bend: Bend::Slow, press: Press::Hold };
        board.addressings.insert(SHAPES.into(), vec![shape.addressing(ControlPort::new("delay", "time"))]);
        board.snapshots = vec![Arc::new(board.capture("Verse")), Arc::new(board.capture("Chorus: loud"))];
        board
    }

    fn saved(place: &mut Place, board: &Board, title: &str, as_new: bool) -> PathBuf {
        let job = DiskJob::Save { board: Arc::new(board.clone()), title: title.into(), as_new };
        match place.disk.run(job) {
            Ok(DiskAnswer::Saved { bundle, .. }) => bundle,
            other => panic!("{other:?}"),
        }
    }

    fn read(place: &mut Place, bundle: &Path) -> BoardRead {
        match place.disk.run(DiskJob::Read { bundle: bundle.to_owned() }) {
            Ok(DiskAnswer::Board(read)) => read,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_board_comes_back_as_it_was_saved() {
        let mut place = place();
        let board = lead();
        let bundle = saved(&mut place, &board, "My Lead", true);
        let read = read(&mut place, &bundle);
        assert_eq!(read.problems, Vec::<String>::new());
        let mut expected = Board { title: "My Lead".into(), bundle: Some(bundle), ..board };
        // LV2 parameters are kept with the plugin's LV2 state and with snapshots, not in the graph
        Arc::make_mut(&mut expected.plugins[0]).parameters.clear();
        assert_eq!(*read.board, expected);
    }

    #[test]
    fn what_is_not_changed_is_written_as_it_was() {
        let mut place = place();
        let bundle = saved(&mut place, &lead(), "Lead", true);
        let files = |folder: &Path| -> Vec<(PathBuf, Vec<u8>)> {
            let mut all: Vec<_> = std::fs::read_dir(folder)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").path())
                .map(|path| (path.clone(), std::fs::read(path).expect("a file")))
                .collect();
            all.sort();
            all
        };
        let before = files(&bundle);
        let mut again = Bundle::read(&pedalboard::Disk, &bundle).expect("a bundle");
        let board = convert::board(&again, &FakeCatalogue::default()).board;
        convert::update(&mut again, &board, "Lead");
        assert!(!again.changed(), "nothing to write");
        let read = read(&mut place, &bundle);
        place.disk.run(DiskJob::SaveSnapshots { board: read.board }).expect("saved");
        assert_eq!(files(&bundle), before);
    }

    #[test]
    fn snapshots_are_written_alone() {
        let mut place = place();
        let bundle = saved(&mut place, &lead(), "Lead", true);
        let mut board = (*read(&mut place, &bundle).board).clone();
        let mut quiet = (*board.snapshots[0]).clone();
        quiet.name = "Quiet".into();
        quiet.plugins.insert("amp".into(), SnapshotPlugin { bypassed: true, ..SnapshotPlugin::default() });
        board.snapshots.push(Arc::new(quiet));
        board.snapshot = Some(2);
        Arc::make_mut(&mut board.plugins[0]).position = (999.0, 999.0);
        place.disk.run(DiskJob::SaveSnapshots { board: Arc::new(board.clone()) }).expect("saved");
        let read = read(&mut place, &bundle).board;
        assert_eq!(read.snapshots, board.snapshots);
        assert_eq!(read.snapshot, Some(2));
        assert_eq!(read.plugins[0].position, (10.5, 20.0), "the rest is not saved with them");
    }

    #[test]
    fn banks_and_the_last_board_come_up_again() {
        let mut place = place();
        let [a, b] = ["B side", "a side"].map(|title| saved(&mut place, &lead(), title, true));
        let banks = vec![Bank { title: "Gig".into(), boards: vec![b.clone(), a.clone()] }];
        place.disk.run(DiskJob::SaveBanks { banks: banks.clone() }).expect("saved");
        place.disk.run(DiskJob::Remember { bundle: Some(a.clone()), bank: Some(0) }).expect("saved");
        let Ok(DiskAnswer::Started { library, board, problem }) = place.disk.run(DiskJob::Start) else {
            panic!("it starts")
        };
        assert_eq!((library.bank, problem), (Some(0), None));
        assert_eq!(library.banks, banks);
        assert_eq!(library.boards.iter().map(|b| b.title.as_str()).collect::<Vec<_>>(), ["a side", "B side"]);
        assert_eq!(library.sequence(), [&b, &a]);
        assert_eq!(board.expect("the last one").board.title, "B side");
        let text = std::fs::read_to_string(place.folder.path().join("last.json")).expect("written");
        assert!(text.contains("\"bank\": -1"), "{text}");

        let Ok(DiskAnswer::Library(library)) = place.disk.run(DiskJob::Remove { bundle: a.clone() }) else {
            panic!("it is removed")
        };
        assert!(!a.exists() && library.boards.len() == 1 && library.banks[0].boards == [b]);
        let Ok(DiskAnswer::Started { board, problem, .. }) = place.disk.run(DiskJob::Start) else {
            panic!("starts")
        };
        assert!(board.is_none() && problem.expect("a sentence").contains("B_side"));
    }

    #[test]
    fn a_version_is_taken_up_again() {
        let mut place = place();
        let bundle = saved(&mut place, &lead(), "Lead", true);
        let board = read(&mut place, &bundle).board;
        let keep = DiskJob::KeepVersion { board: board.clone(), name: "before the gig".into() };
        place.disk.run(keep).expect("kept");
        let listed = place.disk.run(DiskJob::ListVersions { bundle: Some(bundle.clone()) });
        let Ok(DiskAnswer::Versions(versions)) = listed else { panic!("{listed:?}") };
        let job = DiskJob::ReadVersion { bundle: Some(bundle.clone()), id: versions[0].id.clone() };
        let Ok(DiskAnswer::Board(read)) = place.disk.run(job) else { panic!("it is read") };
        assert_eq!(read.board.bundle, Some(bundle));
        assert_eq!(read.board.plugins, board.plugins);
        assert_eq!(read.board.snapshots, board.snapshots);
    }

    #[test]
    fn a_version_has_the_models_and_the_states_of_its_plugins() {
        let mut place = place();
        let bundle = saved(&mut place, &lead(), "Lead", true);
        // as the engine does after a save
        std::fs::create_dir(bundle.join("effect-7")).expect("made");
        let mut board = (*read(&mut place, &bundle).board).clone();
        let model = Value { kind: 'p', text: "/m/Plexi.nam".into() };
        Arc::make_mut(&mut board.plugins[0]).parameters.insert("urn:fake:amp#model".into(), model.clone());
        place.disk.run(DiskJob::Autosave { board: Arc::new(board.clone()) }).expect("kept");
        let listed = place.disk.run(DiskJob::ListVersions { bundle: Some(bundle.clone()) });
        let Ok(DiskAnswer::Versions(versions)) = listed else { panic!("{listed:?}") };
        let job = DiskJob::ReadVersion { bundle: Some(bundle.clone()), id: versions[0].id.clone() };
        let Ok(DiskAnswer::Board(read)) = place.disk.run(job) else { panic!("it is read") };
        assert_eq!(read.board.plugins[0].parameters["urn:fake:amp#model"], model);
        assert_eq!(read.board.plugins[0].state, Some(bundle.join("effect-7")));
        assert_eq!(read.board.plugins[1].state, None, "it has none");
        // saved from there, the parameters lie with the state again
        saved(&mut place, &read.board, "Lead", false);
        assert!(
            !bundle.join("archibald.json").exists() || {
                let text = std::fs::read_to_string(bundle.join("archibald.json")).expect("read");
                !text.contains("Plexi")
            }
        );
    }

    #[test]
    fn boards_of_the_system_stay() {
        let mut place = place();
        let own = saved(&mut place, &lead(), "Lead", true);
        let factory = place.folder.path().join("factory/Lead.pedalboard");
        std::fs::create_dir_all(factory.parent().expect("a folder")).expect("made");
        std::fs::rename(own, &factory).expect("moved");
        let error = place.disk.run(DiskJob::Remove { bundle: factory.clone() }).expect_err("it stays");
        assert!(error.contains("came with the system"), "{error}");
        let board = read(&mut place, &factory).board;
        let saved = saved(&mut place, &board, "Lead", false);
        assert!(saved.starts_with(place.folder.path().join(".pedalboards")), "{saved:?}");
    }
}
