//! Updates on a profile that is only links, with a system and an engine that do as they are told.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use update::health::Health;
use update::profile::Profile;
use update::state::State;
use update::steps::{Source, System, Update, UpdateError, Verdict};

struct Fake {
    next: PathBuf,
    default: Option<PathBuf>,
    refuses: Option<PathBuf>,
    reboots: usize,
}

impl System for Fake {
    fn fetch(&mut self, _from: &Source) -> Result<PathBuf, String> {
        Ok(self.next.clone())
    }
    fn make_default(&mut self, system: &Path) -> Result<(), String> {
        if self.refuses.as_deref() == Some(system) {
            return Err("the boot loader is full".to_owned());
        }
        self.default = Some(system.to_path_buf());
        Ok(())
    }
    fn reboot(&mut self) -> Result<(), String> {
        self.reboots += 1;
        Ok(())
    }
}

/// Audio passes from a certain look on.
struct Sound {
    from: Option<u32>,
    looks: u32,
    played: bool,
}

impl Sound {
    fn passing_from(from: Option<u32>) -> Self {
        Self { from, looks: 0, played: false }
    }
}

impl Health for Sound {
    fn passes(&mut self) -> Result<(), String> {
        self.looks += 1;
        if self.from.is_some_and(|from| self.looks >= from) { Ok(()) } else { Err("silence".to_owned()) }
    }
    fn playing(&mut self) -> bool {
        self.played
    }
    fn pause(&mut self) {}
}

struct Bench {
    folder: tempfile::TempDir,
    update: Update,
    system: Fake,
}

impl Bench {
    /// A machine that runs generation 1, with an update at hand.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        let profile = Profile::at(&folder.path().join("system")).unwrap();
        profile.add(&one).unwrap();
        profile.switch(1).unwrap();
        let update = Update { profile, state: folder.path().join("state.json") };
        Self { folder, update, system: Fake { next: two, default: None, refuses: None, reboots: 0 } }
    }

    fn staged_and_switched() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.update.stage(&mut bench.system, &Source::Flake("x".to_owned())).unwrap(), 2);
        bench.update.switch(&mut bench.system, &mut Sound::passing_from(None)).unwrap();
        bench
    }

    fn state(&self) -> State {
        State::load(&self.update.state).unwrap()
    }

    fn current(&self) -> u64 {
        self.update.profile.current().unwrap()
    }
}

#[test]
fn staging_changes_nothing_that_runs() {
    let mut bench = Bench::new();
    bench.update.stage(&mut bench.system, &Source::Flake("x".to_owned())).unwrap();
    assert_eq!((bench.current(), bench.system.default.clone(), bench.system.reboots), (1, None, 0));
    assert_eq!(bench.state(), State::Staged { generation: 2 });
}

#[test]
fn an_update_that_sounds_stays() {
    let mut bench = Bench::staged_and_switched();
    assert_eq!((bench.current(), bench.system.reboots), (2, 1));
    assert_eq!(bench.system.default, Some(bench.folder.path().join("two")));
    let mut sound = Sound::passing_from(Some(30));
    assert_eq!(bench.update.judge(&mut bench.system, &mut sound, 90).unwrap(), Verdict::Good(2));
    assert_eq!((bench.state(), bench.current(), sound.looks), (State::Idle, 2, 30));
    let again = bench.update.judge(&mut bench.system, &mut Sound::passing_from(None), 90).unwrap();
    assert_eq!((again, bench.current()), (Verdict::NoTrial, 2));
}

#[test]
fn one_that_does_not_is_undone_after_ninety_looks() {
    let mut bench = Bench::staged_and_switched();
    let mut sound = Sound::passing_from(Some(91));
    let verdict = bench.update.judge(&mut bench.system, &mut sound, 90).unwrap();
    assert_eq!((verdict, sound.looks), (Verdict::RolledBack("silence".to_owned()), 90));
    assert_eq!((bench.current(), bench.system.reboots), (1, 2));
    assert_eq!(bench.system.default, Some(bench.folder.path().join("one")));
    assert_eq!(bench.state(), State::RolledBack { from: 1, to: 2, reason: "silence".to_owned() });
}

#[test]
fn a_power_cut_during_the_trial_counts_as_a_failed_one() {
    let mut bench = Bench::staged_and_switched();
    State::Trial { from: 1, to: 2, boots: 1 }.save(&bench.update.state).unwrap();
    let mut sound = Sound::passing_from(Some(1));
    let verdict = bench.update.judge(&mut bench.system, &mut sound, 90).unwrap();
    assert!(matches!(verdict, Verdict::RolledBack(_)));
    assert_eq!((bench.current(), sound.looks), (1, 0));
}

#[test]
fn never_while_somebody_plays_and_never_without_something_staged() {
    let mut bench = Bench::new();
    let mut quiet = Sound::passing_from(None);
    let none = bench.update.switch(&mut bench.system, &mut quiet).unwrap_err();
    assert!(matches!(none, UpdateError::NothingStaged));
    bench.update.stage(&mut bench.system, &Source::Flake("x".to_owned())).unwrap();
    let mut played = Sound { played: true, ..Sound::passing_from(None) };
    let refused = bench.update.switch(&mut bench.system, &mut played).unwrap_err();
    assert!(matches!(refused, UpdateError::Playing));
    assert_eq!((bench.current(), bench.system.reboots), (1, 0));
}

#[test]
fn a_boot_loader_that_refuses_leaves_the_old_system() {
    let mut bench = Bench::new();
    bench.update.stage(&mut bench.system, &Source::Flake("x".to_owned())).unwrap();
    bench.system.refuses = Some(bench.folder.path().join("two"));
    let error = bench.update.switch(&mut bench.system, &mut Sound::passing_from(None)).unwrap_err();
    assert_eq!(error.to_string(), "the boot loader is full");
    assert_eq!(
        (bench.current(), bench.system.reboots, bench.state()),
        (1, 0, State::Staged { generation: 2 })
    );
}
