//! The board that is kept for the next start, with the states of its plugins.

use pedal_engine::board::BoardFile;
use pedal_engine::host::HostOptions;

use super::amp;
use crate::host_rig::HostRig;

#[test]
fn a_board_is_kept_for_the_next_start() {
    let folder = tempfile::tempdir().expect("folder");
    let state = folder.path().join("last-board.json");
    let options = HostOptions { period: 64, state_file: Some(state.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options.clone());
    amp(&mut rig, 0);
    rig.ok("param_set 0 gain -6");
    rig.ok("midi_map 0 gain 2 11 -20 10");
    rig.ok("transport 1 3 97.5");
    rig.run(60, |_| 0.5);
    rig.host.save_state_file().expect("written");
    let mut again = HostRig::with(options);
    again.host.load_file(&state).expect("a board");
    again.run(60, |_| 0.5);
    assert_eq!(again.host.board(), rig.host.board());
    assert_eq!(again.run(1, |_| 0.5), rig.run(1, |_| 0.5));
}

/// The disk is waited for without the host: what is to be written is taken out first.
#[test]
fn what_is_kept_is_the_board_of_that_moment() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("last-board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    amp(&mut rig, 0);
    let kept = rig.host.to_keep().expect("it has changed");
    assert!(rig.host.to_keep().is_none(), "once is enough");
    rig.ok("param_set 0 gain -6");
    assert!(!path.exists(), "nobody has written yet");
    kept.write().expect("written");
    let gain = || BoardFile::read(&path).expect("a board").plugins[0].params["gain"];
    assert_eq!(gain(), 0.0);
    rig.host.to_keep().expect("it has changed").write().expect("written");
    assert_eq!(gain(), -6.0);
    rig.host.not_kept(&kept);
    assert!(rig.host.to_keep().is_some(), "what failed is tried again");
}

/// A knob that turns is no reason to write the state of every plugin to the card once a second.
#[test]
fn the_state_of_plugins_is_written_when_it_may_have_changed() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    amp(&mut rig, 0);
    rig.ok("add urn:archibald:test:state 1");
    let state = || BoardFile::read(&path).ok().and_then(|board| board.plugins[1].state.clone());
    let written = |rig: &mut HostRig| {
        let before = state();
        rig.ok("param_set 0 gain -3");
        let kept = rig.host.to_keep().expect("the gain was set");
        rig.host.kept(&kept.write().expect("written"));
        let now = state().expect("the board names the state either way");
        assert!(now.join("effect.ttl").is_file());
        let folders = std::fs::read_dir(folder.path().join("board.states")).expect("there").count();
        assert_eq!(folders, 1, "the one before is gone");
        before != Some(now)
    };
    assert!(written(&mut rig), "new");
    assert!(!written(&mut rig), "only a knob was turned");
    let blocks_of_31_s = 31 * 48_000 / 64;
    rig.frames.fetch_add(blocks_of_31_s * 64, std::sync::atomic::Ordering::Relaxed);
    assert!(written(&mut rig), "plugins may change by themselves");
    assert!(!written(&mut rig));
    let saved = folder.path().join("elsewhere");
    rig.ok(&format!("state_save {}", saved.display()));
    rig.ok(&format!("state_load {}", saved.display()));
    assert!(written(&mut rig), "a state was loaded");
    rig.ok("param_set 0 gain -4");
    let before = state();
    rig.host.save_state_file().expect("written");
    assert_ne!(state(), before, "at the end of the program everything is written");
}

/// The states are written beside those of the board that is on the disk; whatever fails, that one is whole.
#[test]
fn a_board_whose_file_cannot_be_replaced_keeps_its_states() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options.clone());
    rig.ok(&format!("state_tmpdir {}", folder.path().join("scratch").display()));
    rig.ok("add urn:archibald:test:state 0");
    let keep = |rig: &mut HostRig, number: i32| {
        rig.ok(&format!("param_set 0 number {number}"));
        rig.ok("param_set 0 write 1");
        rig.run(60, |_| 0.0);
        rig.ok("param_set 0 write 0");
        rig.run(60, |_| 0.0);
    };
    rig.strict = false;
    keep(&mut rig, 5);
    rig.host.save_state_file().expect("written");
    let good = std::fs::read(&path).expect("there");
    keep(&mut rig, 6);
    // The power goes between the states and the board: a folder in the place of the file refuses the last step.
    std::fs::remove_file(&path).expect("gone");
    std::fs::create_dir_all(path.join("full")).expect("made");
    rig.host.save_state_file().expect_err("a folder is in the way");
    std::fs::remove_dir_all(&path).expect("gone");
    std::fs::write(&path, &good).expect("as it was");
    let sound = |options: &HostOptions| {
        let mut again = HostRig::with(options.clone());
        again.strict = false;
        let report = again.host.load_file(&path).expect("a board");
        assert_eq!(report.problems, Vec::<String>::new());
        again.run(60, |_| 0.0);
        again
    };
    let kept = |rig: &mut HostRig, symbol: &str| {
        rig.ok(&format!("monitor_output 0 {symbol}"));
        rig.run(60, |_| 0.0);
        let told = rig.told();
        told.iter().rev().find(|line| line.starts_with(&format!("output_set 0 {symbol}"))).cloned()
    };
    let mut old = sound(&options);
    assert_eq!(kept(&mut old, "kept").as_deref(), Some("output_set 0 kept 5.000000"));
    assert_eq!(kept(&mut old, "in_file").as_deref(), Some("output_set 0 in_file 5.000000"));
    // The plugin that came back uses the file of its folder; that is left to it, and the next board has its own.
    old.ok("param_set 0 number 1");
    old.host.save_state_file().expect("written");
    std::fs::remove_dir_all(folder.path().join("scratch")).expect("gone");
    old.ok("param_set 0 number 2");
    old.host.save_state_file().expect("written");
    drop((old, rig));
    let mut next = sound(&options);
    assert_eq!(kept(&mut next, "in_file").as_deref(), Some("output_set 0 in_file 5.000000"));
}
