//! State: snapshots, files, default state, restoring beside `run`.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lv2_host::{Control, Outcome, Runner, StateError};

use crate::support::{Rig, control, run, set};

fn keep(runner: &mut Runner, number: f32) {
    set(runner, "number", number);
    set(runner, "write", 1.0);
    run(runner, &[0.0; 16]);
    set(runner, "write", 0.0);
    run(runner, &[0.0; 16]);
}

fn kept(runner: &mut Runner) -> (f32, f32) {
    run(runner, &[0.0; 16]);
    (control(runner, "kept"), control(runner, "in_file"))
}

fn values(runner: &Runner) -> impl FnMut(&str) -> Option<f32> {
    |symbol| runner.info().port(symbol).map(|port| runner.control(port.index))
}

fn rig_with_scratch(place: &Path) -> Rig {
    let mut rig = Rig::own();
    rig.settings.scratch = Some(place.join("scratch"));
    rig
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_snapshot_goes_into_another_instance() {
    let rig = Rig::own();
    let (mut half, mut runner) = rig.test("state");
    keep(&mut runner, 5.0);
    let state = half.snapshot(values(&runner)).unwrap();
    assert_eq!(state.plugin(), "urn:archibald:test:state");
    assert_eq!(state.property_count(), 1);
    let ports = state.port_values();
    assert!(ports.contains(&("number".to_owned(), 5.0)), "{ports:?}");

    let (mut other, mut other_runner) = rig.test("state");
    assert_eq!(kept(&mut other_runner).0, 0.0);
    let before = other.snapshot(|_| None).unwrap();
    assert_ne!(before, state);
    other.restore(&state).unwrap();
    assert_eq!(kept(&mut other_runner).0, 5.0);
    let mut same = values(&runner);
    assert_eq!(other.snapshot(&mut same).unwrap(), state);

    // Through text, as a state file keeps it.
    let parsed = rig.world.parse_state(&state.to_turtle("urn:test:state")).unwrap();
    keep(&mut other_runner, 9.0);
    other.restore(&parsed).unwrap();
    assert_eq!(kept(&mut other_runner).0, 5.0);
}

#[test]
fn a_state_of_another_plugin_is_refused() {
    let rig = Rig::own();
    let (mut half, _runner) = rig.test("state");
    let state = half.snapshot(|_| None).unwrap();
    let (mut gain, _runner) = rig.test("gain");
    assert!(matches!(gain.restore(&state), Err(StateError::WrongPlugin { .. })));
    assert!(matches!(
        rig.world.load_state(Path::new("/no/such/effect.ttl")),
        Err(StateError::NotFound { .. })
    ));
    assert!(matches!(rig.world.preset_state("urn:no:such"), Err(StateError::NotFound { .. })));
    assert!(matches!(rig.world.parse_state("this is not Turtle"), Err(StateError::NotFound { .. })));
}

fn save(half: &mut Control, runner: &Runner, folder: &Path) {
    half.save_state(folder, "effect.ttl", values(runner)).unwrap();
}

#[test]
fn files_travel_with_the_bundle() {
    let place = tempfile::tempdir().unwrap();
    let rig = rig_with_scratch(place.path());
    let (mut half, mut runner) = rig.test("state");
    keep(&mut runner, 5.0);
    assert_eq!(fs::read_to_string(place.path().join("scratch/sub/number-5.txt")).unwrap(), "5\n");
    let folder = place.path().join("board.pedalboard/effect-3");
    save(&mut half, &runner, &folder);
    assert!(
        names(&folder).contains(&"effect.ttl".to_owned())
            && names(&folder).contains(&"manifest.ttl".to_owned())
    );
    assert_eq!(names(folder.parent().unwrap()), ["effect-3"]);
    // The plugin goes on; the saved file does not follow.
    fs::write(place.path().join("scratch/sub/number-5.txt"), "777\n").unwrap();
    drop((half, runner));

    // The bundle is moved, and the scratch folder is gone.
    let moved = place.path().join("moved.pedalboard");
    fs::rename(folder.parent().unwrap(), &moved).unwrap();
    fs::remove_dir_all(place.path().join("scratch")).unwrap();
    let file = moved.join("effect-3/effect.ttl");
    let state = rig.world.load_state(&file).unwrap();
    let (mut half, mut runner) = rig.test("state");
    half.restore(&state).unwrap();
    assert_eq!(kept(&mut runner), (5.0, 5.0));

    // Saved over itself, twice, it loses nothing.
    for _ in 0..2 {
        save(&mut half, &runner, &moved.join("effect-3"));
        let state = rig.world.load_state(&file).unwrap();
        half.restore(&state).unwrap();
        assert_eq!(kept(&mut runner), (5.0, 5.0));
    }

    // A new file in the same place.
    keep(&mut runner, 6.0);
    save(&mut half, &runner, &moved.join("effect-3"));
    let state = rig.world.load_state(&file).unwrap();
    keep(&mut runner, 7.0);
    half.restore(&state).unwrap();
    assert_eq!(kept(&mut runner), (6.0, 6.0));

    // And into another board.
    save(&mut half, &runner, &place.path().join("other.pedalboard/effect-0"));
    let state = rig.world.load_state(&place.path().join("other.pedalboard/effect-0/effect.ttl")).unwrap();
    keep(&mut runner, 8.0);
    half.restore(&state).unwrap();
    assert_eq!(kept(&mut runner), (6.0, 6.0));
}

#[test]
fn saving_where_nobody_may_write_is_an_error() {
    let rig = Rig::own();
    let (mut half, _runner) = rig.test("state");
    let failed = half.save_state(Path::new("/proc/no/such/place"), "effect.ttl", |_| None);
    assert!(matches!(failed, Err(StateError::Write { .. })), "{failed:?}");
}

#[test]
fn make_path_stays_in_its_folder() {
    // The state plugin makes `sub/number-N.txt`; a host without a scratch folder gives it no way to.
    let rig = Rig::own();
    let (_half, mut runner) = rig.test("state");
    keep(&mut runner, 5.0);
    assert_eq!(kept(&mut runner), (5.0, -1.0));
}

#[test]
fn the_default_state_is_restored_where_it_is_asked_for() {
    let rig = Rig::own();
    let (_half, mut runner) = rig.test("state-default");
    assert_eq!(kept(&mut runner).0, 42.0);
    assert!(rig.world.default_state("urn:archibald:test:gain").is_none());
}

/// Restores `count` times while another thread runs blocks; how many blocks ran, how many were put off, clashes.
fn restore_beside_run(name: &str, number: f32, count: u32) -> (u32, u32, f32) {
    let rig = Rig::own();
    let (mut half, mut runner) = rig.test(name);
    keep(&mut runner, number);
    let state = half.snapshot(|_| None).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let audio = scope.spawn(|| {
            let (mut ran, mut busy) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                match runner.block(16).run() {
                    Outcome::Ran => ran += 1,
                    Outcome::Busy => {
                        busy += 1;
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    outcome => panic!("{outcome:?}"),
                }
            }
            runner.block(16).run();
            (ran, busy, control(&runner, "clashes"))
        });
        for _ in 0..count {
            half.restore(&state).unwrap();
            std::thread::yield_now();
        }
        done.store(true, Ordering::Relaxed);
        audio.join().unwrap()
    })
}

#[test]
fn a_plugin_does_not_run_while_it_restores() {
    let (_, _, clashes) = restore_beside_run("state", 1.0, 300);
    assert_eq!(clashes, 0.0);
    // This one takes 200 ms: the blocks of that time are put off, not waited for.
    let (_, busy, clashes) = restore_beside_run("state", 1000.0, 2);
    assert!(busy > 1, "{busy}");
    assert_eq!(clashes, 0.0);
}

#[test]
fn a_plugin_that_restores_thread_safely_runs_on() {
    let (ran, busy, _) = restore_beside_run("state-thread-safe", 1000.0, 2);
    assert_eq!(busy, 0);
    assert!(ran > 1);
}

/// A plugin keeps the path that it was given. Two that have one file through the links of two boards are not the same: either
/// board may be removed, with its link.
#[test]
fn a_snapshot_has_the_link_of_the_board_and_not_the_file_behind_it() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path().canonicalize().unwrap();
    let rig = rig_with_scratch(&here.join("first"));
    let (mut half, mut runner) = rig.test("state");
    keep(&mut runner, 5.0);
    let text = half.snapshot(|_| None).unwrap().to_turtle("urn:test:state");
    assert!(text.contains("first/scratch/sub/number-5.txt"), "{text}");
    drop((half, runner));

    // For the next instance the file is somebody else's: its bundle has a link.
    let rig = rig_with_scratch(&here.join("second"));
    let (mut half, mut runner) = rig.test("state");
    half.restore(&rig.world.parse_state(&text).unwrap()).unwrap();
    assert_eq!(kept(&mut runner), (5.0, 5.0));
    let boards = ["a.pedalboard/effect-0", "b.pedalboard/effect-0"].map(|board| here.join(board));
    boards.iter().for_each(|folder| save(&mut half, &runner, folder));
    let [a, b] = boards.clone().map(|folder| {
        let has_link = names(&folder).iter().any(|name| folder.join(name).is_symlink());
        assert!(has_link, "{:?}", names(&folder));
        half.restore(&rig.world.load_state(&folder.join("effect.ttl")).unwrap()).unwrap();
        half.snapshot(|_| None).unwrap().to_turtle("urn:test:state")
    });
    assert!(a.contains("a.pedalboard/effect-0") && b.contains("b.pedalboard/effect-0"), "{a}\n{b}");
    half.restore(&rig.world.load_state(&boards[0].join("effect.ttl")).unwrap()).unwrap();
    assert_eq!(half.snapshot(|_| None).unwrap().to_turtle("urn:test:state"), a, "the same board is the same");
    fs::remove_dir_all(here.join("b.pedalboard")).unwrap();
    assert_eq!(kept(&mut runner), (5.0, 5.0));
}

/// LV2 allows `save` beside `run`, and nothing that changes the plugin beside `save`.
#[test]
fn a_saver_works_while_the_plugin_is_used() {
    let place = tempfile::tempdir().unwrap();
    let rig = rig_with_scratch(place.path());
    let (mut half, mut runner) = rig.test("state");
    keep(&mut runner, 5.0);
    let saver = half.saver();
    let state = half.snapshot(|_| None).unwrap();
    let folder = place.path().join("board.pedalboard/effect-0");
    let beside = std::thread::scope(|scope| {
        let saving = scope.spawn(|| {
            for _ in 0..30 {
                saver.save_state(&folder, "effect.ttl", |_| None).unwrap();
            }
        });
        let mut beside = 0;
        while !saving.is_finished() {
            half.restore(&state).unwrap();
            half.deactivate();
            half.activate();
            run(&mut runner, &[0.0; 16]);
            beside += 1;
        }
        beside
    });
    assert!(beside > 0);
    assert_eq!(control(&runner, "clashes"), 0.0);
    // It shares the plugin: the last of the three ends it.
    drop((half, runner));
    saver.save_state(&folder, "effect.ttl", |_| None).unwrap();
    let (mut half, mut runner) = rig.test("state");
    half.restore(&rig.world.load_state(&folder.join("effect.ttl")).unwrap()).unwrap();
    assert_eq!(kept(&mut runner), (5.0, 5.0));
}
