//! The cuts are not made but computed: strace records what the writers ask of the system, and the model of
//! [`pedalboard::recorder`] says what a disk may hold when the power goes after each single call. Killing a process never
//! shows a missing fsync, for the system keeps what it was given; that is what the recording is for.

mod eye;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use pedalboard::recorder::{Operation, Recorder};
use pedalboard::{Bundle, Files as _};
use pedald::context::Paths;

use super::writer::WRITER;
use super::{Dice, number, this_program, trace};
use eye::Eye;

/// How many ways each cut is made; the usual tests try fewer.
const WAYS: &str = "PEDALD_TEST_POWER_CUTS";

/// A pi-Stomp's user, whose things are taken over.
fn home_of_another(folder: &Path) {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for title in ["Theirs", "Lead"] {
        let graph = pedalboard::Graph { title: title.into(), ..pedalboard::Graph::default() };
        let bundle = folder.join(format!("data/.pedalboards/{title}.pedalboard"));
        Bundle::new(bundle, graph).save(&pedalboard::Disk).unwrap();
    }
    put("data/.pedalboards/Theirs.pedalboard/config.yml", "hardware: {version: 3}\n");
    put("data/user-files/NAM Models/Twin.nam", "a model");
    put(".lv2/amp-mine.lv2/manifest.ttl", "<urn:preset> a <urn:x> .");
    let lead = "/home/pistomp/data/.pedalboards/Lead.pedalboard";
    put(
        "data/banks.json",
        &format!(r#"[{{"title": "Old", "pedalboards": [{{"title": "Lead", "bundle": "{lead}"}}]}}]"#),
    );
    put("data/favorites.json", r#"["urn:a", "urn:b"]"#);
    put("data/prefs.json", r#"{"theirs": "1"}"#);
    put("data/config/settings.yml", "bank: Old\n");
}

/// The writer's calls, or why there are none.
fn record(place: &Path, root: &Path) -> Result<trace::Trace, String> {
    let (record, other) = (place.join("record"), place.join("other"));
    std::fs::create_dir(root).unwrap();
    home_of_another(&other);
    let writer = this_program("power::writer::writer_program");
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-y", "-xx", "-s", "2000000", "-e", "signal=none", "-e"])
        .arg(format!("trace={}", trace::CALLS));
    traced.arg("-o").arg(&record).arg(writer.get_program()).args(writer.get_args());
    traced.env(WRITER, &other).env("TMPDIR", root).stdin(std::process::Stdio::null());
    let output = traced
        .output()
        .map_err(|error| format!("strace cannot be started ({error}; Debian package strace)"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let refused = said.lines().find(|line| line.starts_with("strace:") && line.contains("ermitted"));
    if let (false, Some(refused)) = (output.status.success(), refused) {
        return Err(format!("strace may not look at processes here ({refused})"));
    }
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    Ok(trace::read(&std::fs::read_to_string(&record).unwrap(), root))
}

/// What becomes of one thing that may or may not have reached the disk, of `sides` ways: first nothing of all and all of it,
/// then all but one and none but one of the first, then by lot.
fn fate(way: u64, at: u64, sides: usize, dice: &mut Dice) -> usize {
    const SINGLE: u64 = 6;
    let last = sides - 1;
    match way {
        0 => 0,
        1 => last,
        way if way < 2 + SINGLE => last * usize::from(at == way - 2),
        way if way < 2 + 2 * SINGLE => last * usize::from(at != way - 2 - SINGLE),
        _ => dice.roll(sides),
    }
}

/// A step of the writer: its name, the disk before it and what it did.
struct Step<'a> {
    name: &'a str,
    disk: Recorder,
    operations: &'a [Operation],
}

impl Step<'_> {
    /// Cuts the power after each call. Returns how many disks that left, and what is wrong with them.
    fn cut(&self, eye: &Eye, ways: u64) -> (usize, Vec<String>) {
        let before = eye.kept(&self.disk.settled());
        // one restore that is prepared gives way to another: in between there is none
        let without = self.name.ends_with("prepared anew").then(|| {
            let disk = self.disk.settled();
            disk.remove_file(&eye.paths.state.join("restore.json")).expect("one is prepared");
            eye.kept(&disk)
        });
        for operation in self.operations {
            self.disk.perform(operation.clone()).unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        }
        let after = eye.kept(&self.disk.settled());
        let (mut cuts, mut torn) = (0, Vec::new());
        let count = self.operations.len();
        for done in 0..=count {
            let mut tried = BTreeSet::new();
            for way in 0..ways {
                let (mut dice, mut chosen) = (Dice(way * 7919 + done as u64), Vec::new());
                let left = self.disk.after_power_cut(done, |sides| {
                    chosen.push(fate(way, chosen.len() as u64, sides, &mut dice));
                    chosen[chosen.len() - 1]
                });
                if !tried.insert(chosen) {
                    continue;
                }
                cuts += 1;
                let now = eye.kept(&left);
                if without.as_ref() == Some(&now) && done < count {
                    continue;
                }
                let at = format!("{}, {done} of {count} calls, way {way}", self.name);
                let parts: BTreeSet<_> = before.keys().chain(after.keys()).chain(now.keys()).collect();
                for part in parts {
                    let is = now.get(part);
                    if is != after.get(part) && (done == count || is != before.get(part)) {
                        let (was, shall) = (before.get(part), after.get(part));
                        torn.push(format!(
                            "{at}: {part}\n   is {is:?}\n   was {was:?}\n   shall be {shall:?}"
                        ));
                    }
                }
                // all of it or nothing
                if self.name.starts_with("restore") && now != before && now != after {
                    torn.push(format!("{at}: a part of what was there and a part of what comes"));
                }
            }
        }
        (cuts, torn)
    }
}

#[test]
fn the_power_may_go_after_every_write_of_every_writer() {
    let ways = number(WAYS, 24);
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("root");
    let trace = match record(place.path(), &root) {
        Ok(trace) => trace,
        Err(why) => {
            eprintln!("skipped: {why}");
            return;
        }
    };
    let home = std::fs::read_dir(&root).unwrap().flatten().map(|entry| entry.path());
    let home = home.into_iter().find(|path| path.join("data").is_dir()).expect("the writer's folder");
    let mut paths = Paths::new(Some(home.join("data")), |_| None);
    paths.factory_pedalboards = home.join("factory");
    let eye = Eye { home, paths, boards: RefCell::default() };

    let (mut cuts, mut torn) = (0, Vec::new());
    let past = Recorder::new();
    let (_, start) = trace.marks[0];
    for operation in &trace.operations[..start] {
        past.perform(operation.clone()).unwrap();
    }
    for steps in trace.marks.windows(2) {
        let ((_, begin), (name, end)) = (&steps[0], &steps[1]);
        let step = Step { name, disk: past.settled(), operations: &trace.operations[*begin..*end] };
        assert!(begin < end, "{name}: something is written");
        let (count, wrong) = step.cut(&eye, ways);
        cuts += count;
        torn.extend(wrong);
        for operation in step.operations {
            past.perform(operation.clone()).unwrap();
        }
    }
    println!("{} calls in {} steps, {cuts} power cuts", trace.operations.len(), trace.marks.len() - 1);
    assert!(trace.marks.len() > 50, "{:?}", trace.marks);
    // the end of the recording is the end of the writer
    let (written, there) = (past.contents(), on_the_disk(&root));
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        there.keys().collect::<Vec<_>>(),
        "the recording knows every file"
    );
    let differ: Vec<_> = written.iter().filter(|(path, content)| there[*path] != **content).collect();
    assert!(differ.is_empty(), "the recording knows what is in it: {differ:?}");
    // one of each kind is enough to read
    let mut shown = BTreeMap::new();
    for one in &torn {
        shown.entry(one.split(',').next().unwrap_or_default()).or_insert(one);
    }
    let shown = shown.values().map(|one| one.as_str()).collect::<Vec<_>>().join("\n");
    assert!(torn.is_empty(), "{} torn, among them\n{shown}", torn.len());
}

fn on_the_disk(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(on_the_disk(&entry.path()));
        } else {
            found.insert(entry.path(), std::fs::read(entry.path()).unwrap());
        }
    }
    found
}
