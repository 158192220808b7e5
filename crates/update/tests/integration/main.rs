//! Updates on a profile that is only links, with a system and an engine that do as they are told.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use update::health::Health;
use update::profile::Profile;
use update::report::{Offer, Report, look};
use update::state::State;
use update::steps::{Source, System, Update, UpdateError, Verdict};

struct Fake {
    booted: Option<PathBuf>,
    next: PathBuf,
    default: Option<PathBuf>,
    refuses: Option<PathBuf>,
    reboots: usize,
    /// What the flake has.
    newest: Option<String>,
    /// What the running system says that it is.
    runs: Option<String>,
}

impl System for Fake {
    fn fetch(&mut self, _from: &Source) -> Result<PathBuf, String> {
        Ok(self.next.clone())
    }
    fn newest(&mut self, _flake: &str) -> Result<Offer, String> {
        let revision = self.newest.clone().ok_or("no network")?;
        Ok(Offer { version: format!("version {revision}"), revision })
    }
    fn revision(&mut self) -> Option<String> {
        self.runs.clone()
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
    fn booted(&self) -> Option<PathBuf> {
        self.booted.clone()
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
        Self {
            folder,
            update,
            system: Fake {
                booted: None,
                next: two,
                default: None,
                refuses: None,
                reboots: 0,
                newest: None,
                runs: None,
            },
        }
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
fn an_older_system_from_the_boot_menu_is_no_proof_of_the_update() {
    let mut bench = Bench::staged_and_switched();
    bench.system.booted = Some(bench.folder.path().join("one"));
    let mut sound = Sound::passing_from(Some(1));
    let verdict = bench.update.judge(&mut bench.system, &mut sound, 90).unwrap();
    assert!(matches!(&verdict, Verdict::RolledBack(reason) if reason.contains("boot menu")), "{verdict:?}");
    // It is running already: no look, no second restart, and the next start is the same.
    assert_eq!((bench.current(), sound.looks, bench.system.reboots), (1, 0, 1));
    assert_eq!(bench.system.default, Some(bench.folder.path().join("one")));
    assert!(matches!(bench.state(), State::RolledBack { from: 1, to: 2, .. }));
}

#[test]
fn the_system_on_trial_is_judged_by_its_sound() {
    let mut bench = Bench::staged_and_switched();
    bench.system.booted = Some(bench.folder.path().join("two"));
    let mut sound = Sound::passing_from(Some(2));
    assert_eq!(bench.update.judge(&mut bench.system, &mut sound, 90).unwrap(), Verdict::Good(2));
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

#[test]
fn a_look_finds_what_is_new_and_says_so() {
    let mut bench = Bench::new();
    let status = |bench: &Bench| look(&bench.update.profile, &bench.update.state);
    let look_for = |bench: &mut Bench| bench.update.check(&mut bench.system, "github:owner/pedal#x");
    let failed = bench.update.told("Looking", || look_for(&mut Bench::new())).unwrap_err();
    assert_eq!(failed.to_string(), "no network");
    assert_eq!(status(&bench).failed.as_deref(), Some("no network"));

    bench.system.newest = Some("b".into());
    bench.system.runs = Some("a".into());
    assert_eq!(look_for(&mut bench).unwrap().map(|offer| offer.revision).as_deref(), Some("b"));
    assert_eq!(status(&bench).available.as_deref(), Some("version b"));
    bench.system.runs = Some("b".into());
    assert_eq!(look_for(&mut bench).unwrap(), None);
    assert_eq!(status(&bench).available, None);
    assert_eq!((bench.current(), bench.state()), (1, State::Idle), "a look changes nothing");
}

#[test]
fn an_install_fetches_and_tries_and_waits_while_somebody_plays() {
    let mut bench = Bench::new();
    bench.system.newest = Some("b".into());
    let none = bench.update.install(&mut bench.system, &mut Sound::passing_from(None), None).unwrap_err();
    assert!(matches!(none, UpdateError::NothingStaged));
    let mut played = Sound { played: true, ..Sound::passing_from(None) };
    let refused = bench.update.told("Trying", || {
        bench.update.install(&mut bench.system, &mut played, Some("github:owner/pedal#x"))
    });
    assert!(matches!(refused, Err(UpdateError::Playing)));
    assert_eq!(
        (bench.current(), bench.system.reboots, bench.state()),
        (1, 0, State::Staged { generation: 2 })
    );
    let told = look(&bench.update.profile, &bench.update.state);
    assert_eq!((told.staged.as_deref(), told.available, told.running), (Some("version b"), None, None));
    assert!(told.failed.is_some_and(|text| text.contains("somebody plays")));

    bench.update.install(&mut bench.system, &mut Sound::passing_from(None), None).unwrap();
    assert_eq!((bench.current(), bench.system.reboots), (2, 1));
    let told = look(&bench.update.profile, &bench.update.state);
    assert!(told.running.is_some_and(|text| text.contains("on trial")));
    let mut sound = Sound::passing_from(Some(1));
    bench.update.judge(&mut bench.system, &mut sound, 90).unwrap();

    // the same again is no update
    let error = bench
        .update
        .install(&mut bench.system, &mut Sound::passing_from(None), Some("github:owner/pedal#x"))
        .unwrap_err();
    assert!(matches!(error, UpdateError::Newest));
    assert_eq!((bench.current(), bench.system.reboots, bench.state()), (2, 1, State::Idle));
    assert_eq!(Report::load(&bench.update.state).fetched.unwrap().revision, "b");
}

#[test]
fn going_back_is_a_trial_too() {
    let mut bench = Bench::staged_and_switched();
    let quiet = || Sound::passing_from(None);
    let error = bench.update.back(&mut bench.system, &mut quiet()).unwrap_err();
    assert!(matches!(error, UpdateError::OnTrial));
    bench.update.judge(&mut bench.system, &mut Sound::passing_from(Some(1)), 90).unwrap();
    let mut played = Sound { played: true, ..quiet() };
    assert!(matches!(bench.update.back(&mut bench.system, &mut played), Err(UpdateError::Playing)));
    assert_eq!((bench.current(), bench.state()), (2, State::Idle));
    bench.update.back(&mut bench.system, &mut quiet()).unwrap();
    assert_eq!((bench.current(), bench.system.reboots), (1, 2));
    // it is silent: the one that was left is good enough
    bench.update.judge(&mut bench.system, &mut quiet(), 3).unwrap();
    assert_eq!(bench.current(), 2);
    let told = look(&bench.update.profile, &bench.update.state);
    assert!(told.failed.is_some_and(|text| text.contains("undone: silence")));
    bench.update.judge(&mut bench.system, &mut quiet(), 3).unwrap();
    let mut first = Bench::new();
    let error = first.update.back(&mut first.system, &mut quiet()).unwrap_err();
    assert!(matches!(error, UpdateError::NothingBefore));
}
