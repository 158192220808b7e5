//! The boards that come with the system (`boards/factory`): read, rendered by the real engine, compared in loudness.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use pedal_engine::backend::offline::Render;
use pedal_engine::board::BoardFile;
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::lv2::Lv2Plugins;
use pedal_engine::meter::Loudness;
use pedald::context::Paths;
use pedald::engine::EngineBoard;
use pedald::plugins::{PluginShelf, lv2_path};
use pedald::session::{Board, BoardRead, Endpoint, Library, Snapshot};
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk, REFERENCE_RATE, reference_phrase};

/// Greatest short-term loudness of each board's first snapshot for the reference phrase, in LUFS.
pub const TARGET: f64 = -24.0;

/// How far a board may be from it: two boards are then within 1 LU of each other.
const TOLERANCE: f64 = 0.5;

const PERIOD: usize = 128;

fn factory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../boards/factory").canonicalize().expect("in the sources")
}

/// The installed plugins, read once.
pub fn shelf() -> Arc<PluginShelf> {
    static SHELF: OnceLock<Arc<PluginShelf>> = OnceLock::new();
    let open = || Arc::new(PluginShelf::open(&lv2_path(), None).expect("lilv").0);
    SHELF.get_or_init(open).clone()
}

fn disk(data: &Path) -> FolderDisk {
    let factory = factory().display().to_string();
    let environment = |name: &str| (name == "MOD_FACTORY_PEDALBOARDS_DIR").then(|| factory.clone());
    FolderDisk::new(Paths::new(Some(data.to_owned()), environment), shelf())
}

fn read(name: &str) -> BoardRead {
    let data = tempfile::tempdir().expect("folder");
    let bundle = factory().join(format!("{name}.pedalboard"));
    match disk(data.path()).run(DiskJob::Read { bundle }) {
        Ok(DiskAnswer::Board(read)) => read,
        other => panic!("{name}: {other:?}"),
    }
}

/// The board with a snapshot recalled.
pub fn recalled(board: &Board, snapshot: &Snapshot) -> Board {
    let mut board = board.clone();
    for plugin in &mut board.plugins {
        let stored = snapshot.plugins.get(&plugin.instance).expect("a snapshot holds every plugin");
        let plugin = Arc::make_mut(plugin);
        plugin.bypassed = stored.bypassed;
        plugin.values.extend(stored.values.iter().map(|(symbol, value)| (symbol.clone(), *value)));
    }
    board
}

/// What the board makes of the phrase: two channels, and a second more than the phrase.
pub fn rendered(board: &Board, phrase: &[f32]) -> Vec<Vec<f32>> {
    let settings = EngineSettings { sample_rate: REFERENCE_RATE, ..EngineSettings::default() };
    let (mut engine, handle) = Engine::new(&settings).expect("threads");
    let plugins = Lv2Plugins::new(REFERENCE_RATE, PERIOD, None).expect("lilv");
    let options = HostOptions {
        sample_rate: REFERENCE_RATE,
        period: PERIOD,
        captures: 2,
        playbacks: 2,
        fade_ms: 0.0,
        ..HostOptions::default()
    };
    let mut host = Host::new(options, handle, Box::new(plugins), None, Box::new(|| Duration::ZERO));
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("board.json");
    std::fs::write(&file, serde_json::to_vec(&EngineBoard::from(board)).expect("JSON")).expect("written");
    let report = host.load_board(&BoardFile::read(&file).expect("the engine reads what the service writes"));
    assert!(
        report.missing.is_empty() && report.problems.is_empty(),
        "{}: {:?} {:?}",
        board.title,
        report.missing,
        report.problems
    );
    let input = [phrase.to_vec(), phrase.to_vec()];
    let mut render = Render::new(PERIOD).tail(REFERENCE_RATE as usize).before_block(|_| host.tick());
    render.run(&mut engine, &input).audio
}

pub fn loudness(audio: &[Vec<f32>]) -> Loudness {
    Loudness::measure(audio, REFERENCE_RATE).expect("two channels")
}

/// A cable's end names a port that the plugin has.
fn is_there(board: &Board, end: &Endpoint) -> bool {
    let Endpoint::Plugin { instance, symbol } = end else { return true };
    let Some(plugin) = board.plugin(instance) else { return false };
    let spec = &plugin.spec;
    [&spec.audio_inputs, &spec.audio_outputs, &spec.midi_inputs, &spec.midi_outputs]
        .into_iter()
        .flatten()
        .any(|port| port.symbol == **symbol)
}

/// Whether this machine has the plugins; they are all Debian's, and `cargo xtask ci` installs them.
fn installed(board: &Board) -> bool {
    let missing: Vec<_> = board.plugins.iter().filter(|plugin| plugin.missing).collect();
    for plugin in &missing {
        eprintln!("skipped: {} is not installed: {}", board.title, plugin.spec.uri);
    }
    missing.is_empty()
}

fn check(name: &str) {
    let BoardRead { board, problems } = read(name);
    assert_eq!(problems, Vec::<String>::new(), "{name}");
    // written by our own writer, so that the first save of a player changes only what the player has changed
    let bundle = pedalboard::Bundle::read(&pedalboard::Disk, &factory().join(format!("{name}.pedalboard")))
        .expect("a bundle");
    if std::env::var_os("UPDATE_BOARDS").is_some() {
        std::fs::write(bundle.folder.join(bundle.graph_file()), bundle.graph.to_turtle()).expect("written");
    }
    let text = std::fs::read_to_string(bundle.folder.join(bundle.graph_file())).expect("a graph");
    assert!(bundle.graph.to_turtle() == text, "{name}: the graph is not as this program writes it");

    assert!(board.snapshots.len() >= 3, "{name}: {} snapshots", board.snapshots.len());
    for controller in [60, 61, 62, 63, 70, 71, 75] {
        let bound: Vec<_> =
            board.bindings().filter(|(_, binding)| binding.controller == controller).collect();
        assert!(
            !bound.is_empty() && bound.iter().all(|(_, binding)| binding.channel == 13),
            "{name}: nothing is bound to controller {controller} of the pedal's channel"
        );
    }
    for (source, target) in &board.connections {
        assert!(is_there(&board, source) && is_there(&board, target), "{name}: {source} to {target}");
    }
    let first = board.snapshots.first().expect("at least three").clone();
    assert_eq!(board.snapshot, Some(0));
    assert_eq!(recalled(&board, &first), *board, "{name}: the board sounds as its first snapshot");
    if !installed(&board) {
        return;
    }
    let phrase = reference_phrase();
    for (number, snapshot) in board.snapshots.iter().enumerate() {
        let audio = rendered(&recalled(&board, snapshot), &phrase);
        let name = format!("{name}, {}", snapshot.name);
        assert!(audio.iter().flatten().all(|sample| sample.is_finite()), "{name}: not a number");
        // the player hears it on both sides, and throughout
        for (side, channel) in audio.iter().enumerate() {
            let tenths = channel[..phrase.len()].chunks(REFERENCE_RATE as usize / 2);
            let silent = tenths.filter(|part| part.iter().all(|sample| sample.abs() < 5e-4)).count();
            assert_eq!(silent, 0, "{name}: half seconds of silence on side {side}");
        }
        let level = loudness(&audio);
        assert!(level.true_peak_dbtp < -0.5, "{name}: peaks at {:.1} dBTP", level.true_peak_dbtp);
        let off = level.short_term_max_lufs - TARGET;
        // a snapshot for a solo may be louder, never more than that
        let high = if number == 0 { TOLERANCE } else { 3.0 };
        assert!((-TOLERANCE..=high).contains(&off), "{name}: {:.2} LUFS", level.short_term_max_lufs);
    }
}

macro_rules! boards {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { check($name); })*
        const NAMES: &[&str] = &[$($name),*];
    };
}

boards! {
    studio_clean: "Studio_Clean",
    british_crunch: "British_Crunch",
    singing_lead: "Singing_Lead",
    wide_ambient: "Wide_Ambient",
    tight_funk: "Tight_Funk",
    modern_metal: "Modern_Metal",
    bass_studio: "Bass_Studio",
    bass_drive: "Bass_Drive",
    acoustic_stage: "Acoustic_Stage",
    vocal_booth: "Vocal_Booth",
}

#[test]
fn a_new_player_finds_the_boards_and_their_banks() {
    let data = tempfile::tempdir().expect("folder");
    let mut disk = disk(data.path());
    let Ok(DiskAnswer::Started { library, board, problem }) = disk.run(DiskJob::Start) else {
        panic!("it does not start")
    };
    assert_eq!(problem, None);
    assert!(board.is_some(), "the first board comes up");
    assert_eq!(library.boards.len(), NAMES.len());
    assert!(library.boards.iter().all(|board| board.factory));
    let all = |library: &Library| library.banks[0].boards.clone();
    assert_eq!(all(&library).len(), NAMES.len(), "the first bank has all of them");
    for name in NAMES {
        let bundle = factory().join(format!("{name}.pedalboard"));
        assert!(all(&library).contains(&bundle), "{name} is in no bank");
    }
    // the player's own banks come in their place, the factory's file stays as it is
    let before = std::fs::read(factory().join("banks.json")).expect("a file");
    let mut own = library.banks.clone();
    own[0].boards.truncate(2);
    disk.run(DiskJob::SaveBanks { banks: own.clone() }).expect("saved");
    let Ok(DiskAnswer::Library(library)) = disk.run(DiskJob::Scan) else { panic!("no library") };
    assert_eq!(library.banks, own);
    assert_eq!(std::fs::read(factory().join("banks.json")).expect("a file"), before);
}
