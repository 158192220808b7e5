mod rig;

use std::fs;
use std::io::Write;

use pedalboard::Disk;

use super::*;
use rig::{Rig, archive, board, paths, write};

#[test]
fn times_are_those_of_the_calendar() {
    assert_eq!(stamp(0), "1970-01-01-000000");
    assert_eq!(stamp(951_782_400), "2000-02-29-000000");
    assert_eq!(stamp(1_709_251_199), "2024-02-29-235959");
    assert_eq!(stamp(1_795_287_181), "2026-11-21-185301");
    assert_eq!(stamp(4_107_542_400), "2100-03-01-000000");
}

#[test]
fn a_backup_holds_the_players_things_and_no_secrets() {
    let rig = Rig::new();
    let done = pack(&rig.own, &rig.stick, true).expect("packed");
    assert_eq!((done.boards, done.listed), (2, 1), "{done:?}");
    let names = fs::read_dir(&rig.stick).expect("there").count();
    assert_eq!(names, 1, "one file and no leftover");
    let into = rig.place.path().join("look");
    fs::create_dir(&into).expect("made");
    let file = fs::File::open(&done.file).expect("there");
    let found = pedalboard::unpack_tar_zst(file, &into, pedalboard::Limits::default()).expect("unpacked");
    let mut found: Vec<String> = found.iter().map(|name| name.display().to_string()).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "boards/Clean.pedalboard/Clean.ttl",
            "boards/Clean.pedalboard/manifest.ttl",
            "boards/Lead.pedalboard/Lead.ttl",
            "boards/Lead.pedalboard/manifest.ttl",
            "files/NAM Models/Twin.nam",
            "manifest.json",
            "presets/lead.lv2/manifest.ttl",
            "settings/banks.json",
            "settings/config/settings.yml",
        ]
    );
    let manifest: Manifest =
        serde_json::from_slice(&fs::read(into.join(MANIFEST)).expect("there")).expect("read");
    assert_eq!(manifest.listed[0].path, "files/Audio Recordings/evening.flac");
    let small = pack(&rig.own, &rig.place.path().join("small"), false).expect("packed");
    assert_eq!(small.listed, 2, "the model is listed only");
}

#[test]
fn what_was_packed_comes_back_and_what_was_there_can_too() {
    let rig = Rig::new();
    let before = rig.contents();
    let file = rig.pack();
    board(&rig.own.pedalboards.join("Lead.pedalboard"), "Spoilt");
    board(&rig.own.pedalboards.join("Newer.pedalboard"), "Newer");
    fs::remove_dir_all(rig.own.pedalboards.join("Clean.pedalboard")).expect("gone");
    write(&rig.own.data.join("banks.json"), "[1]");
    write(&rig.own.user_files.join("NAM Models/Twin.nam"), "another");
    write(&rig.own.user_files.join("NAM Models/Plexi.nam"), "stays");
    let changed = rig.contents();

    let told = stage(&rig.own, &file, true).expect("told");
    assert_eq!((told.comes.len(), told.goes.len()), (4, 4), "{told:?}");
    assert!(rig.contents() == changed && rig.leftovers().is_empty(), "a dry run changes nothing");

    stage(&rig.own, &file, false).expect("staged");
    assert!(rig.contents() == changed, "nothing moves before the next start");
    let done = finish(&Disk, &rig.own).expect("done").expect("something");
    assert_eq!((done.placed, done.kept), (4, 4), "{done:?}");
    let mut expected = before.clone();
    expected.insert(rig.own.user_files.join("NAM Models/Plexi.nam").display().to_string(), b"stays".to_vec());
    assert!(rig.contents() == expected);
    assert_eq!(rig.leftovers(), Vec::<PathBuf>::new());
    assert!(rig.own.pedalboards.join(".git/HEAD").exists(), "the history of the boards stays");

    let again = stage(&rig.own, &file, false).expect("staged");
    assert!(again.comes.is_empty() && again.goes.is_empty(), "{again:?}");
    assert_eq!(finish(&Disk, &rig.own).expect("nothing to do"), None);

    go_back(&rig.own).expect("prepared");
    assert!(finish(&Disk, &rig.own).expect("done").expect("something").back);
    assert!(rig.contents() == changed);
    assert!(matches!(go_back(&rig.own), Err(BackupError::NothingKept)));
}

#[test]
fn a_backup_that_is_cut_off_anywhere_is_refused() {
    let rig = Rig::new();
    let whole = fs::read(rig.pack()).expect("read");
    let cut = rig.place.path().join("cut.tar.zst");
    for length in [0, 1, 20, whole.len() / 4, whole.len() / 2, whole.len() - 5, whole.len() - 1] {
        fs::write(&cut, &whole[..length]).expect("written");
        let error = rig.refuses(&cut);
        assert!(error.contains("cut.tar.zst") && error.contains("nothing was changed"), "{length}: {error}");
    }
    let mut spoilt = whole.clone();
    let middle = spoilt.len() / 2;
    spoilt[middle] ^= 0x10;
    fs::write(&cut, &spoilt).expect("written");
    rig.refuses(&cut);
    fs::write(&cut, "not an archive at all").expect("written");
    rig.refuses(&cut);
}

#[test]
fn strangers_in_an_archive_are_refused() {
    let rig = Rig::new();
    let file = rig.place.path().join("bad.tar.zst");
    let refuses = |entries: &[(&str, &[u8])], word: &str| {
        archive(&file, entries, |_| {});
        let error = rig.refuses(&file);
        assert!(error.contains(word), "{entries:?}: {error}");
    };
    refuses(&[("../evil", b"x")], "leads out");
    refuses(&[("boards/../../evil/x", b"x")], "leads out");
    refuses(&[("/etc/passwd", b"x")], "leads out");
    refuses(&[("settings/clients.json", b"x")], "does not belong");
    refuses(&[("settings/config/../banks.json", b"x")], "leads out");
    refuses(&[("boards/loose.ttl", b"x")], "does not belong");
    refuses(&[("boards/.git/hooks/pre-commit", b"x")], "does not belong");
    refuses(&[("elsewhere/x", b"x")], "does not belong");
    refuses(&[("presets/a.lv2/a.so", b"\x7fELF code")], "is a program");
    refuses(&[("settings/banks.json", b"[]"), ("settings/banks.json", b"[]")], "twice");
    archive(&file, &[("settings/banks.json", b"[]")], |manifest| manifest.files[0].sha256 = "0".repeat(64));
    assert!(rig.refuses(&file).contains("spoilt"));
    archive(&file, &[("settings/banks.json", b"[]")], |manifest| manifest.files.clear());
    assert!(rig.refuses(&file).contains("not listed"));
    let more = Entry { path: "files/x.wav".into(), size: 0, sha256: String::new() };
    archive(&file, &[("settings/banks.json", b"[]")], |manifest| manifest.files.push(more));
    assert!(rig.refuses(&file).contains("not in it"));
    archive(&file, &[("settings/banks.json", b"[]")], |manifest| manifest.format = 9);
    assert!(rig.refuses(&file).contains("update the pedal"));
    assert!(!rig.place.path().join("evil").exists());
}

#[test]
fn the_newest_backup_of_a_folder_is_taken() {
    let rig = Rig::new();
    assert!(matches!(newest(&rig.own.data), Err(BackupError::None(_))));
    for name in
        ["archibald-backup-2026-01-02-000000.tar.zst", "archibald-backup-2025-12-31-235959.tar.zst", "z.tar"]
    {
        write(&rig.stick.join(name), "x");
    }
    assert!(newest(&rig.stick).expect("one").ends_with("archibald-backup-2026-01-02-000000.tar.zst"));
    assert!(newest(&rig.place.path().join("missing")).is_err());
    let empty = paths(&rig.place.path().join("empty"));
    fs::create_dir_all(&empty.data).expect("made");
    assert!(matches!(pack(&empty, &rig.stick, true), Err(BackupError::Nothing(_))));
}

#[test]
fn two_restores_at_a_time_and_one_that_is_half_done() {
    let rig = Rig::new();
    let file = rig.pack();
    write(&rig.own.data.join("banks.json"), "[1]");
    let lock = fs::File::create(rig.own.state.join("restore.lock")).expect("made");
    lock.try_lock().expect("free");
    let error = stage(&rig.own, &file, false).expect_err("busy").to_string();
    assert!(error.contains("running already"), "{error}");
    drop(lock);
    stage(&rig.own, &file, false).expect("staged");
    // as a failure in the middle would leave it
    let text = fs::read_to_string(rig.own.state.join("restore.json")).expect("there");
    let list: serde_json::Value = serde_json::from_str(&text).expect("read");
    let step = &list["steps"][0];
    fs::rename(step["target"].as_str().expect("path"), step["kept"].as_str().expect("path")).expect("moved");
    assert!(matches!(stage(&rig.own, &file, false), Err(BackupError::HalfDone)));
    finish(&Disk, &rig.own).expect("done").expect("something");
    assert_eq!(fs::read_to_string(rig.own.data.join("banks.json")).expect("there"), "[]");
}

/// A disk that is full: a tmpfs of its own, where the machine lets us have one.
#[test]
fn a_full_stick_keeps_nothing_half() {
    let rig = Rig::new();
    // nothing packs random bytes
    let mut bits = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 56) as u8
    })
    .take(3 << 20)
    .collect();
    write(&rig.own.user_files.join("Reverb IRs/hall.wav"), &noise);
    let stick = rig.place.path().join("small");
    fs::create_dir(&stick).expect("made");
    let script = format!(
        "mount -t tmpfs -o size=1m none {stick} && exec \"$0\" --exact backup::tests::inside_a_small_file_system --ignored --nocapture",
        stick = stick.display()
    );
    let me = std::env::current_exe().expect("a path");
    let run = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .arg(&me)
        .env("BACKUP_FROM", &rig.own.data)
        .env("BACKUP_TO", &stick)
        .output();
    let Ok(run) = run else { return skipped("there is no unshare") };
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    if told.contains("unshare") || told.contains("mount:") {
        return skipped(&told);
    }
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}

fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Runs within [`a_full_stick_keeps_nothing_half`] only.
#[test]
#[ignore = "run by the test above, in a mount of its own"]
fn inside_a_small_file_system() {
    let (Some(from), Some(to)) = (std::env::var_os("BACKUP_FROM"), std::env::var_os("BACKUP_TO")) else {
        return skipped("it is run by another test");
    };
    let (own, to) = (paths(Path::new(&from)), PathBuf::from(to));
    let error = pack(&own, &to.join("b"), true).expect_err("full");
    assert!(matches!(error, BackupError::Full { needed: 4, .. }), "{error}");
    assert_eq!(fs::read_dir(to.join("b")).expect("there").count(), 0, "nothing is left on it");
    let done = pack(&own, &to.join("b"), false).expect("without the files it fits");
    // a pedal whose disk is the small one takes it in only as far as there is room
    let small = paths(&to.join("pedal"));
    let big = pack(&own, &from_beside(&own), true).expect("packed").file;
    let error = stage(&small, &big, false).expect_err("full").to_string();
    assert!(error.contains("make room"), "{error}");
    assert!(!small.state.join("restore.json").exists());
    assert!(!small.data.join(WAITING).exists());
    drop(done);
}

fn from_beside(own: &Paths) -> PathBuf {
    own.data.with_file_name("beside")
}
