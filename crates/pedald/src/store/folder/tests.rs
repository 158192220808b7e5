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
