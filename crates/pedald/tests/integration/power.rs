//! Power cuts and kills: everything that the program writes is there as it was before or as it was to be, never in between.
//!
//! The cuts are not made but computed: strace records what the writers ask of the system, and the model of
//! [`pedalboard::recorder`] says what a disk may hold when the power goes after each single call. Killing a process never
//! shows a missing fsync, for the system keeps what it was given; that is what the recording is for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use pedal_hardware::Profile;
use pedal_hardware::config::{Config, Keeper, Settings};
use pedalboard::recorder::{Operation, Recorder};
use pedalboard::{Bundle, Files as _, Kind};
use pedald::access::{Desk, Role, Secret};
use pedald::context::Paths;
use pedald::controls::Files;
use pedald::engine::FakeCatalogue;
use pedald::session::{Bank, Board, BoardRead, Catalogue, Instance, Intent, Plugin, Source};
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk};
use serde_json::json;

use crate::trace;
use crate::uploads::packed;
use crate::web_rig::{WebRig, bundle, escaped};

const WRITER: &str = "PEDALD_TEST_WRITER";
const LOOP: &str = "PEDALD_TEST_WRITER_LOOP";

/// Small numbers from a seed; the sequence is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

fn this_program(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Not a test: writes everything that the program writes, step by step, when this binary is started as such.
#[test]
fn writer_program() {
    if std::env::var_os(WRITER).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(write_everything());
    std::process::exit(0);
}

/// What was asked for so far is on its way to the disk: jobs are done in their order. Then the place is told.
async fn mark(rig: &WebRig, name: &str) {
    rig.web.session().ask(Source::Rest, Intent::ListVersions).await.unwrap();
    let _ = std::fs::metadata(format!("{}/{name}", trace::MARK));
}

async fn write_everything() {
    let rig = WebRig::new().ready().await;
    let files = Files::new(&rig.paths.data, &rig.paths.state, None);
    std::fs::create_dir_all(files.config.parent().unwrap()).unwrap();
    let (desk, problem) = Desk::open(&rig.paths.state);
    assert!(problem.is_none());
    mark(&rig, "start").await;

    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=100&y=200.5").await;
    let saved = rig.form("/pedalboard/save", &[("title", "Lead"), ("asNew", "1")]).await;
    let lead = bundle(&saved).display().to_string();
    mark(&rig, "a new board").await;
    rig.post("/effect/parameter/pi_stomp_set//graph/gain/gain", "{\"value\": -6}").await;
    rig.get("/effect/add//graph/delay?uri=urn:fake:delay&x=1&y=2").await;
    rig.form("/pedalboard/save", &[("title", "Lead"), ("asNew", "0")]).await;
    mark(&rig, "the board again").await;
    assert_eq!(rig.get("/snapshot/saveas?title=Solo").await.json()["ok"], true);
    mark(&rig, "a snapshot").await;
    assert_eq!(rig.get("/snapshot/rename?id=1&title=Chorus").await.json()["ok"], true);
    mark(&rig, "another name for it").await;
    let saved = rig.form("/pedalboard/save", &[("title", "Clean"), ("asNew", "1")]).await;
    let clean = bundle(&saved).display().to_string();
    mark(&rig, "a second board").await;
    for (name, title) in [("banks", "Gig"), ("other banks", "Rehearsal")] {
        let banks = json!([{"title": title, "pedalboards": [{"title": "Lead", "bundle": lead}]}]);
        assert_eq!(rig.post("/banks/save/", banks.to_string()).await.json(), json!(true));
        mark(&rig, name).await;
    }
    let load = [("bundlepath", lead.as_str()), ("isDefault", "0")];
    assert_eq!(rig.form("/pedalboard/load_bundle/", &load).await.json()["ok"], true);
    mark(&rig, "the other board").await;
    for uri in ["urn:fake:gain", "urn:fake:amp"] {
        assert_eq!(rig.form("/favorites/add", &[("uri", uri)]).await.json(), json!(true));
        mark(&rig, &format!("favourite {uri}")).await;
    }
    for value in ["1", "2"] {
        assert_eq!(rig.form("/config/set", &[("key", "k"), ("value", value)]).await.json(), json!(true));
        mark(&rig, &format!("preference {value}")).await;
    }
    rig.form("/save_user_id", &[("name", "Ada"), ("email", "ada@example.org")]).await;
    mark(&rig, "the player's name").await;
    assert_eq!(rig.form("/api/versions/keep", &[("name", "before the gig")]).await.json()["ok"], true);
    mark(&rig, "a version").await;
    let id = rig.get("/api/versions").await.json()["versions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(rig.form("/api/versions/delete", &[("id", &id)]).await.json()["ok"], true);
    mark(&rig, "no version").await;
    for text in ["Pickup: bridge", "Pickup: neck"] {
        let note = json!({"bundle": lead, "text": text}).to_string();
        assert_eq!(rig.post("/api/notes/keep", note).await.json(), json!(true));
        mark(&rig, text).await;
    }
    let path = escaped("Speaker Cabinets IRs/room.wav");
    let upload = Request::post(format!("/api/files/upload?path={path}"));
    let back = rig.send(upload.body(Body::from(vec![7; 100_000])).unwrap()).await;
    assert_eq!(back.json()["path"], "Speaker Cabinets IRs/room.wav", "{}", back.text());
    mark(&rig, "a sample").await;
    let renamed = json!({"from": "Speaker Cabinets IRs/room.wav", "to": "Speaker Cabinets IRs/hall.wav"});
    assert!(rig.post("/api/files/rename", renamed.to_string()).await.status.is_success());
    mark(&rig, "the sample's name").await;
    let sent = packed(&[
        (
            "Sent.pedalboard/manifest.ttl",
            tar::EntryType::Regular,
            b"<a.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .",
        ),
        (
            "Sent.pedalboard/a.ttl",
            tar::EntryType::Regular,
            b"<> <http://usefulinc.com/ns/doap#name> \"Sent\" .",
        ),
    ]);
    assert!(rig.post("/pedalboard/load_web/", sent).await.status.is_success());
    mark(&rig, "a board by the web").await;
    for text in ["first", "second"] {
        let plugin = packed(&[
            ("gift.lv2/manifest.ttl", tar::EntryType::Regular, format!("# {text}\n").as_bytes()),
            ("gift.lv2/gift.ttl", tar::EntryType::Regular, format!("# the {text} one\n").as_bytes()),
        ]);
        let back = rig.post("/effect/install/", plugin).await;
        assert_eq!(back.json()["ok"], true, "{}", back.text());
        mark(&rig, &format!("the {text} plugin")).await;
    }
    for bank in ["Gig", "Rehearsal"] {
        files.write_settings(&Settings { bank: Some(bank.into()), ..Settings::default() }).unwrap();
        mark(&rig, &format!("settings {bank}")).await;
    }
    // another hand has written nonsense: it is put aside
    std::fs::write(&files.settings, "bank: [").unwrap();
    std::fs::File::open(&files.settings).unwrap().sync_all().unwrap();
    mark(&rig, "nonsense").await;
    files.write_settings(&Settings::default()).unwrap();
    mark(&rig, "settings again").await;
    let mut keeper = Keeper::new(Config::built_in(&Profile::v3(), true));
    for channel in [7, 8] {
        std::fs::write(&files.config, format!("hardware: {{version: 3.0, midi: {{channel: {channel}}}}}\n"))
            .unwrap();
        std::fs::File::open(&files.config).unwrap().sync_all().unwrap();
        std::fs::File::open(files.config.parent().unwrap()).unwrap().sync_all().unwrap();
        mark(&rig, &format!("a configuration with channel {channel}")).await;
        assert_eq!(files.reread(&mut keeper), None);
        mark(&rig, &format!("its copy, channel {channel}")).await;
    }
    for bypass in [true, false] {
        files.write_relay(bypass).unwrap();
        mark(&rig, &format!("relay {bypass}")).await;
    }
    for name in ["Phone", "Tablet"] {
        let token = Secret::random();
        desk.change(|list| list.add(name, Role::Player, &token, 100).map(|_| ())).await.unwrap();
        mark(&rig, name).await;
    }
    assert_eq!(
        rig.get(&format!("/pedalboard/remove/?bundlepath={}", escaped(&clean))).await.json(),
        json!(true)
    );
    mark(&rig, "a board less").await;
    // its folder stays for whoever looks at it
    std::mem::forget(rig);
}

/// Everything that is kept, part by part, as those read it who need it. What cannot be read is told as such.
fn kept(disk: &Recorder, paths: &Paths) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut bundles = |folder: &Path, what: &str| {
        for (name, kind) in disk.list(folder).unwrap_or_default() {
            let path = folder.join(&name);
            if kind != Kind::Folder || !name.ends_with(".pedalboard") {
                continue;
            }
            let text = match Bundle::read(disk, &path) {
                Ok(b) => format!("{}{:?}{:?}{:?}", b.graph.to_turtle(), b.snapshots, b.addressings, b.config),
                Err(error) => format!("unreadable: {error}"),
            };
            all.insert(format!("{what} {name}"), text);
            if let Ok(notes) = disk.read(&path.join("notes.txt"), 1 << 20) {
                all.insert(format!("notes of {name}"), format!("{notes:?}"));
            }
        }
    };
    bundles(&paths.pedalboards, "board");
    let versions = paths.state.join("versions");
    for (name, _) in disk.list(&versions).unwrap_or_default() {
        bundles(&versions.join(&name), &format!("version of {name}"));
    }
    for (name, _) in disk.list(&paths.user_plugins).unwrap_or_default() {
        if !name.starts_with('.') {
            all.insert(format!("plugin {name}"), tree(disk, &paths.user_plugins.join(&name)));
        }
    }
    for (folder, _) in disk.list(&paths.user_files).unwrap_or_default() {
        for (name, _) in disk.list(&paths.user_files.join(&folder)).unwrap_or_default() {
            if !folder.starts_with('.') && !name.starts_with('.') {
                all.insert(
                    format!("file {folder}/{name}"),
                    tree(disk, &paths.user_files.join(&folder).join(&name)),
                );
            }
        }
    }
    let data = ["banks.json", "last.json", "favorites.json", "prefs.json", "user-id.json"];
    let data = data.map(|name| paths.data.join(name));
    let config = ["default_config.yml", "settings.yml", "settings.yml.broken"]
        .map(|name| paths.data.join("config").join(name));
    let state =
        ["clients.json", "default_config.good.yml", "relay_bypass"].map(|name| paths.state.join(name));
    for path in data.iter().chain(&config).chain(&state) {
        if let Ok(bytes) = disk.read(path, 1 << 20) {
            all.insert(path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    all
}

fn tree(disk: &Recorder, path: &Path) -> String {
    match disk.kind(path) {
        Some(Kind::Folder) => {
            let list = disk.list(path).unwrap_or_default();
            list.iter().map(|(name, _)| format!("{name}: {}\n", tree(disk, &path.join(name)))).collect()
        }
        _ => {
            let bytes = disk.read(path, u64::MAX).unwrap_or_default();
            let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
            format!("{} bytes, {sum:x}", bytes.len())
        }
    }
}

/// Does operations on a disk.
fn perform(disk: &Recorder, operations: &[Operation]) {
    for operation in operations {
        let done = match operation {
            Operation::Write(path, content) => disk.write(path, content),
            Operation::SyncFile(path) => disk.sync_file(path),
            Operation::SyncFolder(path) => disk.sync_folder(path),
            Operation::Rename(from, to) => disk.rename(from, to),
            Operation::Exchange(one, two) => disk.exchange(one, two),
            Operation::MakeFolder(path) => disk.make_folder(path),
            Operation::RemoveFile(path) => disk.remove_file(path),
            Operation::RemoveFolder(path) => disk.remove_folder(path),
        };
        done.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
}

/// The same files on a disk where all of them are durable.
fn durable(disk: &Recorder) -> Recorder {
    let copy = Recorder::new();
    fn walk(disk: &Recorder, copy: &Recorder, folder: &Path) {
        for (name, kind) in disk.list(folder).unwrap_or_default() {
            let path = folder.join(name);
            if kind == Kind::Folder {
                copy.make_folder(&path).unwrap();
                walk(disk, copy, &path);
            } else {
                copy.write(&path, &disk.read(&path, u64::MAX).unwrap()).unwrap();
                copy.sync_file(&path).unwrap();
            }
        }
        copy.sync_folder(folder).unwrap();
    }
    walk(disk, &copy, Path::new("/"));
    copy
}

#[test]
fn the_power_may_go_after_every_write_of_every_writer() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("root");
    let record = place.path().join("record");
    std::fs::create_dir(&root).unwrap();
    let writer = this_program("power::writer_program");
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-y", "-xx", "-s", "2000000", "-e", "signal=none", "-e"])
        .arg(format!("trace={}", trace::CALLS));
    traced.arg("-o").arg(&record).arg(writer.get_program()).args(writer.get_args());
    traced.env(WRITER, "1").env("TMPDIR", &root).stdin(Stdio::null());
    let output = match traced.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: strace cannot be started ({error}; Debian package strace)");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("ptrace") || said.contains("PTRACE") {
        eprintln!("skipped: strace may not look at processes here: {said}");
        return;
    }
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    let trace = trace::read(&std::fs::read_to_string(&record).unwrap(), &root);
    let home = std::fs::read_dir(&root)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.join("data").is_dir());
    let home = home.expect("the writer's folder");
    let paths = Paths::new(Some(home.join("data")), |_| None);
    assert!(trace.marks.len() > 30, "{:?}", trace.marks);

    let mut cuts = 0;
    let mut torn = Vec::new();
    for steps in trace.marks.windows(2) {
        let ((_, begin), (name, end)) = (&steps[0], &steps[1]);
        let past = Recorder::new();
        perform(&past, &trace.operations[..*begin]);
        let disk = durable(&past);
        let before = kept(&disk, &paths);
        let first = disk.operations().len();
        perform(&disk, &trace.operations[*begin..*end]);
        let after = kept(&disk, &paths);
        let count = disk.operations().len();
        assert!(before != after, "{name}: something is written");
        for done in first..=count {
            for seed in 0..30 {
                cuts += 1;
                let mut dice = Dice(seed * 7919 + done as u64);
                let left = disk.after_power_cut(done, |sides| dice.roll(sides));
                let now = kept(&left, &paths);
                for part in before.keys().chain(after.keys()).chain(now.keys()) {
                    let is = now.get(part);
                    let whole = if done == count {
                        is == after.get(part)
                    } else {
                        is == before.get(part) || is == after.get(part)
                    };
                    if !whole {
                        torn.push(format!(
                            "{name}, {} of {} calls, seed {seed}: {part}\n   is {is:?}\n   was {:?}\n   shall be {:?}",
                            done - first, count - first, before.get(part), after.get(part)
                        ));
                    }
                }
            }
        }
    }
    println!("{} operations in {} steps, {cuts} power cuts", trace.operations.len(), trace.marks.len() - 1);
    let mut shown: BTreeMap<&str, &String> = BTreeMap::new();
    for one in &torn {
        shown.entry(one.split(',').next().unwrap_or_default()).or_insert(one);
    }
    assert!(
        torn.is_empty(),
        "{} torn, among them\n{}",
        torn.len(),
        shown.values().map(|one| one.as_str()).collect::<Vec<_>>().join("\n")
    );
}

/// Not a test: writes boards, banks, the last board and settings with rising numbers until it is killed.
#[test]
fn writing_program() {
    let Ok(arguments) = std::env::var(LOOP) else { return };
    let (number, folder) = arguments.split_once(' ').unwrap();
    let (mut disk, paths) = disk_at(Path::new(folder));
    let files = Files::new(&paths.data, &paths.state, None);
    let mut board = match disk.run(DiskJob::Start) {
        Ok(DiskAnswer::Started { board: Some(BoardRead { board, .. }), .. }) => (*board).clone(),
        _ => first_board(),
    };
    for number in number.parse::<u32>().unwrap().. {
        Arc::make_mut(&mut board.plugins[0]).position = (f64::from(number), 0.0);
        let name = number.to_string();
        board.snapshots = vec![Arc::new(board.capture(&name))];
        board.snapshot = Some(0);
        let as_new = board.bundle.is_none();
        let saved = disk.run(DiskJob::Save { board: Arc::new(board.clone()), title: "Lead".into(), as_new });
        let Ok(DiskAnswer::Saved { bundle, title }) = saved else { panic!("{saved:?}") };
        (board.bundle, board.title) = (Some(bundle.clone()), title);
        disk.run(DiskJob::SaveBanks {
            banks: vec![Bank { title: name.clone(), boards: vec![bundle.clone()] }],
        })
        .unwrap();
        disk.run(DiskJob::Remember { bundle: Some(bundle), bank: Some(0) }).unwrap();
        files.write_settings(&Settings { bank: Some(name), ..Settings::default() }).unwrap();
        println!("done {number}");
    }
}

fn first_board() -> Board {
    let spec = FakeCatalogue::default().plugin("urn:fake:amp").unwrap();
    Board { plugins: vec![Arc::new(Plugin::new(Instance::new("amp"), 0, spec))], ..Board::empty() }
}

fn disk_at(folder: &Path) -> (FolderDisk, Paths) {
    let mut paths = Paths::new(Some(folder.to_owned()), |_| None);
    paths.factory_pedalboards = folder.join("factory");
    (FolderDisk::new(paths.clone(), Arc::new(FakeCatalogue::default())), paths)
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn two_hundred_kills_leave_everything_whole() {
    let place = tempfile::tempdir().unwrap();
    let mut dice = Dice(20_261_121);
    let mut reached = 0_u32;
    let mut between = 0;
    for kill in 0..200 {
        let child = this_program("power::writing_program")
            .env(LOOP, format!("{} {}", reached + 1, place.path().display()))
            .stdout(Stdio::piped())
            .spawn();
        let mut child = Killed(child.unwrap());
        let lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
        let mut left = dice.roll(4);
        let mut done =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<u32>().ok());
        while left > 0 {
            reached = done.next().expect("it goes on until it is killed");
            left -= 1;
        }
        // somewhere in the next round, or in the start of the program
        for _ in 0..dice.roll(2_000_000) {
            std::hint::spin_loop();
        }
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        // what it had said before it was killed
        reached = done.last().unwrap_or(reached);

        let (mut disk, paths) = disk_at(place.path());
        let started = disk.run(DiskJob::Start);
        let Ok(DiskAnswer::Started { library, board, problem }) = started else {
            panic!("kill {kill}: {started:?}")
        };
        let whole = |number: u32, what: &str| {
            assert!(
                number == reached || number == reached + 1,
                "kill {kill}: {what} has {number} after {reached}"
            );
        };
        if reached == 0 && library.boards.is_empty() {
            continue;
        }
        assert_eq!((library.boards.len(), &problem), (1, &None), "kill {kill}: {library:?}");
        let read = board.expect("the board of the last time");
        assert_eq!(read.problems, Vec::<String>::new(), "kill {kill}");
        let board = read.board;
        let of_graph = board.plugins[0].position.0 as u32;
        let of_snapshots: u32 = board.snapshots[0].name.parse().unwrap_or(0);
        assert_eq!(of_graph, of_snapshots, "kill {kill}: graph and snapshots are of one time");
        whole(of_graph, "the board");
        let of_banks = library.banks.first().map_or(0, |bank| bank.title.parse().unwrap());
        whole(of_banks, "the file of banks");
        assert!(of_banks <= of_graph, "kill {kill}: in the order in which they were written");
        let (settings, told) = Files::new(&paths.data, &paths.state, None).settings();
        assert_eq!(told, None, "kill {kill}");
        let of_settings = settings.bank.map_or(0, |bank| bank.parse().unwrap());
        whole(of_settings, "settings.yml");
        between += usize::from(of_settings != of_graph);
        reached = of_settings;
    }
    println!("{reached} rounds were written; {between} of 200 kills were between their first and last file");
    assert!(reached > 100, "{reached} rounds only");
}
