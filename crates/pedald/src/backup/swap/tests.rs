//! Restoring over power cuts.

use std::collections::BTreeMap;

use pedalboard::recorder::Recorder;

use super::*;

/// Small numbers from a seed; the sequence is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

fn put(files: &Recorder, path: &str, text: &str) {
    let path = Path::new(path);
    make_folders(files, path.parent().expect("a folder")).expect("made");
    write_atomic(files, path, text.as_bytes()).expect("written");
}

fn step(staged: Option<&str>, target: &str, kept: &str) -> Step {
    Step { staged: staged.map(Into::into), target: target.into(), kept: kept.into() }
}

/// A board that is replaced, one that goes, one that is new, and a settings file.
fn prepared() -> (Recorder, List) {
    let files = Recorder::new();
    put(&files, "/b/Lead/x.ttl", "old lead");
    put(&files, "/b/Gone/x.ttl", "gone");
    put(&files, "/d/banks.json", "old banks");
    put(&files, "/b/.w/Lead/x.ttl", "new lead");
    put(&files, "/b/.w/New/x.ttl", "new");
    put(&files, "/d/.w/banks.json", "new banks");
    let steps = vec![
        step(Some("/b/.w/Lead"), "/b/Lead", "/b/.k/1/Lead"),
        step(None, "/b/Gone", "/b/.k/1/Gone"),
        step(Some("/b/.w/New"), "/b/New", "/b/.k/1/New"),
        step(Some("/d/.w/banks.json"), "/d/banks.json", "/d/.k/1/banks.json"),
    ];
    (files, List { from: "b.tar.zst".into(), back: false, steps })
}

fn texts(files: &Recorder) -> BTreeMap<String, String> {
    let shown = |(path, content): (PathBuf, Vec<u8>)| {
        (path.display().to_string(), String::from_utf8_lossy(&content).into_owned())
    };
    files.contents().into_iter().map(shown).filter(|(path, _)| !path.starts_with("/s/")).collect()
}

fn expected() -> BTreeMap<String, String> {
    [
        ("/b/Lead/x.ttl", "new lead"),
        ("/b/New/x.ttl", "new"),
        ("/d/banks.json", "new banks"),
        ("/b/.k/1/Lead/x.ttl", "old lead"),
        ("/b/.k/1/Gone/x.ttl", "gone"),
        ("/d/.k/1/banks.json", "old banks"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

fn carry_out(files: &Recorder, state: &Path, list: &List) {
    decide(files, state, list).expect("decided");
    finish_on(files, state).expect("done").expect("something");
}

/// What may be on the disk when the power goes after each of these operations, by so many throws of the dice; with words
/// that say which it was.
fn cuts(
    files: &Recorder,
    operations: std::ops::RangeInclusive<usize>,
    throws: u64,
) -> impl Iterator<Item = (Recorder, String)> {
    let both = operations.flat_map(move |done| (0..throws).map(move |seed| (done, seed)));
    both.map(move |(done, seed)| {
        let mut dice = Dice(seed * 7919 + done as u64);
        let cut = files.after_power_cut(done, |sides| dice.roll(sides));
        (cut, format!("after {done}, seed {seed}"))
    })
}

#[test]
fn everything_changes_places_and_goes_back() {
    let (files, list) = prepared();
    let before = texts(&files);
    let state = Path::new("/s");
    assert_eq!(finish_on(&files, state).expect("nothing to do"), None);
    assert!(matches!(back(&files, state), Err(BackupError::NothingKept)));
    decide(&files, state, &list).expect("decided");
    let done = finish_on(&files, state).expect("done").expect("something");
    assert_eq!((done.placed, done.kept), (3, 3));
    assert_eq!(texts(&files), expected());
    assert_eq!(finish_on(&files, state).expect("once only"), None);
    let list = back(&files, state).expect("something was kept");
    carry_out(&files, state, &list);
    assert_eq!(texts(&files), before);
    assert!(matches!(back(&files, state), Err(BackupError::NothingKept)));
}

#[test]
fn whatever_a_power_cut_leaves_is_the_old_or_becomes_the_new() {
    let (files, list) = prepared();
    let before = texts(&files);
    let start = files.operations().len();
    let state = Path::new("/s");
    carry_out(&files, state, &list);
    let end = files.operations().len();
    let mut seen = [0, 0];
    for (cut, place) in cuts(&files, start..=end, 64) {
        let went_on = finish_on(&cut, state).expect("it goes on");
        let after = texts(&cut);
        if after == expected() {
            seen[1] += 1;
        } else {
            // before the list was on the disk nothing had moved
            assert_eq!(went_on, None, "{place}");
            assert_eq!(after, before, "{place}");
            seen[0] += 1;
        }
    }
    assert!(seen[0] > 100 && seen[1] > 100, "{seen:?}");
}

#[test]
fn a_power_cut_while_going_back_leaves_the_new_or_becomes_the_old() {
    let (files, list) = prepared();
    let before = texts(&files);
    let state = Path::new("/s");
    carry_out(&files, state, &list);
    let start = files.operations().len();
    let list = back(&files, state).expect("something was kept");
    carry_out(&files, state, &list);
    let end = files.operations().len();
    let mut seen = [0, 0];
    for (cut, place) in cuts(&files, start..=end, 64) {
        finish_on(&cut, state).expect("it goes on");
        match back(&cut, state) {
            // taken back; whoever asks once more is told so
            Err(BackupError::NothingKept) => {
                assert_eq!(texts(&cut), before, "{place}");
                seen[1] += 1;
            }
            Ok(_) => {
                assert_eq!(texts(&cut), expected(), "{place}");
                seen[0] += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(seen[0] > 100 && seen[1] > 100, "{seen:?}");
}

#[test]
fn a_restore_that_was_given_up_does_not_come_back() {
    let (files, list) = prepared();
    let before = texts(&files);
    let state = Path::new("/s");
    decide(&files, state, &list).expect("decided");
    forget(&files, state).expect("given up");
    forget(&files, state).expect("there is nothing to give up");
    let decided = files.operations().len();
    // what had waited is removed, of which any part may reach the disk
    remove_tree(&files, Path::new("/b/.w")).expect("removed");
    let left = |texts: BTreeMap<String, String>| -> BTreeMap<String, String> {
        texts.into_iter().filter(|(path, _)| !path.contains("/.w/")).collect()
    };
    for (cut, place) in cuts(&files, decided..=files.operations().len(), 16) {
        assert_eq!(finish_on(&cut, state).expect("nothing to do"), None, "{place}");
        assert_eq!(left(texts(&cut)), left(before.clone()), "{place}");
    }
}

#[test]
fn a_list_that_cannot_be_read_moves_nothing() {
    let (files, _) = prepared();
    let before = texts(&files);
    put(&files, "/s/restore.json", "{\"steps\": [");
    let error = finish_on(&files, Path::new("/s")).expect_err("refused").to_string();
    assert!(error.contains("/s/restore.json"), "{error}");
    assert_eq!(texts(&files), before);
}
