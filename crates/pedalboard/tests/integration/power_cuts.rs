//! A board is saved, and the power is cut after every single step; of what was not synced, anything may be missing.

use std::path::Path;

use pedalboard::recorder::{Operation, Recorder};
use pedalboard::{Bundle, Files};

use crate::boards::place;

/// Small numbers from a seed; the sequence is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

fn edited(bundle: &Bundle, number: u32) -> Bundle {
    let mut bundle = bundle.clone();
    bundle.graph.version = number;
    bundle.graph.title = format!("Take {number}");
    bundle.snapshots.snapshots[0].name = format!("Sound {number}");
    bundle.addressings.0.insert("/bpm".to_owned(), pedalboard::Actuator::List(Vec::new()));
    bundle
}

#[test]
fn the_old_board_or_the_new_one_is_there_after_every_step() {
    let folder = Path::new("/b/Lab_One.pedalboard");
    let files = Recorder::new();
    place(&files, folder);
    let first = Bundle::read(&files, folder).unwrap();
    let start = files.operations().len();
    let mut second = edited(&first, 10);
    second.save(&files).unwrap();
    let middle = files.operations().len();
    let mut third = edited(&second, 20);
    third.snapshots.current = -1;
    third.save(&files).unwrap();
    let end = files.operations().len();
    let content = |bundle: &Bundle| {
        (bundle.graph.clone(), bundle.snapshots.clone(), bundle.addressings.clone(), bundle.config.clone())
    };
    let boards = [content(&first), content(&second), content(&third)];
    let mut seen = [0_usize; 3];
    for done in start..=end {
        for seed in 0..200 {
            let mut dice = Dice(seed * 7919 + done as u64);
            let disk = files.after_power_cut(done, |sides| dice.roll(sides));
            let bundle = Bundle::read(&disk, folder)
                .unwrap_or_else(|error| panic!("after step {done}, seed {seed}: {error}"));
            let now = content(&bundle);
            let which = boards.iter().position(|board| *board == now);
            let which = which.unwrap_or_else(|| panic!("a mixture after step {done}, seed {seed}: {now:?}"));
            seen[which] += 1;
            if done >= middle {
                assert!(which >= 1, "what was saved before is back after step {done}");
            }
            if done == end {
                assert_eq!(which, 2, "what was saved is lost");
            }
            // The next save works on whatever the power cut left.
            if seed < 20 {
                let mut next = edited(&bundle, 30);
                next.save(&disk).unwrap();
                let read = Bundle::read(&disk, folder).unwrap();
                assert_eq!(content(&read), content(&next));
                let names = disk.list(folder).unwrap();
                assert!(!names.iter().any(|(name, _)| name == ".saved" || name == ".saving"), "{names:?}");
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_new_board_is_there_as_a_whole_or_not_at_all() {
    let folder = Path::new("/b/New.pedalboard");
    let files = Recorder::new();
    let graph = pedalboard::Graph { title: "New".to_owned(), ..Default::default() };
    Bundle::new(folder, graph.clone()).save(&files).unwrap();
    let end = files.operations().len();
    let mut seen = [0_usize; 2];
    for done in 0..=end {
        for seed in 0..200 {
            let mut dice = Dice(seed * 104_729 + done as u64);
            let disk = files.after_power_cut(done, |sides| dice.roll(sides));
            match disk.kind(folder) {
                None => seen[0] += 1,
                Some(_) => {
                    assert_eq!(Bundle::read(&disk, folder).unwrap().graph, graph);
                    seen[1] += 1;
                }
            }
            assert!(done < end || disk.kind(folder).is_some());
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn each_file_of_a_save_is_synced_before_the_stroke_and_the_stroke_before_the_moves() {
    let folder = Path::new("/b/Lab_One.pedalboard");
    let files = Recorder::new();
    place(&files, folder);
    let start = files.operations().len();
    edited(&Bundle::read(&files, folder).unwrap(), 10).save(&files).unwrap();
    let steps = &files.operations()[start..];
    let at = |wanted: &Operation| {
        steps.iter().position(|step| step == wanted).unwrap_or_else(|| panic!("no {wanted:?} in {steps:?}"))
    };
    let saving = folder.join(".saving");
    let stroke = at(&Operation::Rename(saving.clone(), folder.join(".saved")));
    for (number, step) in steps.iter().enumerate() {
        if let Operation::Write(path, _) = step {
            let synced = at(&Operation::SyncFile(path.clone()));
            assert!(number < synced && synced < stroke);
        }
        if let Operation::Rename(from, to) = step
            && from.parent() == Some(&folder.join(".saved"))
        {
            assert!(number > stroke + 1, "{from:?} moved to {to:?} too early");
        }
    }
    assert!(at(&Operation::SyncFolder(saving)) < stroke);
    assert_eq!(steps[stroke + 1], Operation::SyncFolder(folder.to_owned()));
}

/// Names in a folder of the board, each with its content.
fn inside(files: &Recorder, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let list = files.list(folder).unwrap_or_default();
    list.into_iter().map(|(name, _)| (name.clone(), files.read(&folder.join(name), 1000).unwrap())).collect()
}

#[test]
fn states_of_plugins_that_have_gone_go_behind_the_board_and_whole() {
    let folder = Path::new("/b/Lab_One.pedalboard");
    let files = Recorder::new();
    place(&files, folder);
    let state: &[u8] = b"<> state:state [ <urn:file> \"two%20halls.wav\" ] .";
    let ours = ["effect-4", "effect-5", "effect-9"];
    let theirs = ["effect-12", "effect-1", "effect-007", "effect-x"];
    for name in ours.iter().chain(&theirs) {
        let inner = folder.join(name);
        pedalboard::make_folders(&files, &inner).unwrap();
        let mut content: Vec<(&str, &[u8])> =
            vec![("effect.ttl", state), ("manifest.ttl", b"<> a <urn:x> ."), ("two halls.wav", b"sound")];
        match *name {
            // beside a state, and in its stead
            "effect-12" => content.push(("mine.wav", b"mine")),
            "effect-1" => content = vec![("notes.txt", b"mine")],
            _ => {}
        }
        for (file, bytes) in content {
            pedalboard::write_atomic(&files, &inner.join(file), bytes).unwrap();
        }
    }
    let files = files.settled();
    let all = |disk: &Recorder| -> Vec<_> {
        disk.list(folder)
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name.contains("effect"))
            .collect()
    };
    // a plugin without a number may have any of them
    let mut first = Bundle::read(&files, folder).unwrap();
    first.graph.version = 5;
    first.save(&files).unwrap();
    assert_eq!(all(&files).len(), ours.len() + theirs.len());
    first.graph.blocks[1].number = Some(5);
    first.graph.version = 6;
    first.save(&files).unwrap();
    assert_eq!(all(&files).len(), ours.len() + theirs.len() - 1, "nobody has the ninth");
    pedalboard::make_folders(&files, &folder.join("effect-9")).unwrap();
    pedalboard::write_atomic(&files, &folder.join("effect-9/effect.ttl"), state).unwrap();

    let files = files.settled();
    let mut second = first.clone();
    second.graph.blocks.remove(0);
    // another plugin has the number of the one that was there
    second.graph.blocks[0].uri = "urn:other".to_owned();
    second.save(&files).unwrap();
    assert_eq!(all(&files), ["effect-007", "effect-1", "effect-12", "effect-x"]);
    let before = files.after_power_cut(0, |_| 0);
    let (mut seen, end) = ([0_usize; 2], files.operations().len());
    for done in 0..=end {
        for seed in 0..100 {
            let mut dice = Dice(seed * 6151 + done as u64);
            let disk = files.after_power_cut(done, |sides| dice.roll(sides));
            let bundle = Bundle::read(&disk, folder).unwrap();
            let new = bundle.graph == second.graph;
            assert!(new || bundle.graph == first.graph);
            seen[usize::from(new)] += 1;
            for name in ours.iter().chain(&theirs) {
                let (was, is) = (inside(&before, &folder.join(name)), inside(&disk, &folder.join(name)));
                let gone = disk.kind(&folder.join(name)).is_none();
                assert!(is == was || gone && new, "step {done}, seed {seed}: {name} has {is:?}");
                assert!(!gone || !theirs.contains(name), "step {done}, seed {seed}: {name} is the player's");
            }
            // the next save ends what was begun
            if new && seed < 20 {
                let mut next = bundle.clone();
                next.graph.version += 1;
                next.save(&disk).unwrap();
                let left = all(&disk);
                assert!(left.iter().all(|name| !name.starts_with('.') && name != "effect-4"), "{left:?}");
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}
