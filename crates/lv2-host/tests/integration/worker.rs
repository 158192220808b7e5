//! The worker: responses, overflow, freewheel, the end.

use std::time::{Duration, Instant};

use lv2_host::{Control, Runner, Ticker};

use crate::support::{Rig, control, run, set};

const ECHO: f32 = 1.0;
const FLOOD: f32 = 2.0;
const OVERSIZE: f32 = 3.0;
const EMPTY: f32 = 4.0;
const SLOW: f32 = 5.0;
const NEST: f32 = 6.0;

fn ask(runner: &mut Runner, mode: f32) {
    set(runner, "mode", mode);
    run(runner, &[0.0; 16]);
    set(runner, "mode", 0.0);
}

/// Runs blocks until `count` responses came, or for ten seconds.
fn await_responses(runner: &mut Runner, count: f32) -> f32 {
    let start = Instant::now();
    while control(runner, "responses") < count && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
        run(runner, &[0.0; 16]);
    }
    control(runner, "responses")
}

fn ticker(rig: &Rig) -> Ticker {
    rig.settings.hub.spawn_ticker(Duration::from_millis(1)).unwrap()
}

/// A plugin whose worker thread has answered once and sleeps again, so that only a poll wakes it.
fn settled(rig: &Rig) -> (Control, Runner) {
    let (half, mut runner) = rig.test("worker");
    ask(&mut runner, ECHO);
    rig.settings.hub.poll();
    assert_eq!(await_responses(&mut runner, 1.0), 1.0);
    std::thread::sleep(Duration::from_millis(20));
    (half, runner)
}

#[test]
fn work_is_done_elsewhere_and_answered_in_a_later_block() {
    let rig = Rig::own();
    let (_control, mut runner) = settled(&rig);
    assert_eq!(control(&runner, "bytes"), 16.0);
    // Nobody polls: the real-time thread itself wakes nobody.
    ask(&mut runner, ECHO);
    std::thread::sleep(Duration::from_millis(20));
    run(&mut runner, &[0.0; 16]);
    assert_eq!(control(&runner, "responses"), 1.0);
    rig.settings.hub.poll();
    assert_eq!(await_responses(&mut runner, 2.0), 2.0);
    assert_eq!((control(&runner, "accepted"), control(&runner, "refused")), (2.0, 0.0));
}

#[test]
fn every_block_ends_with_end_run() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("worker");
    for count in 1..=3 {
        run(&mut runner, &[0.0; 16]);
        assert_eq!(control(&runner, "ends"), count as f32);
    }
}

#[test]
fn a_flood_is_refused_when_the_ring_is_full_and_all_accepted_work_is_done() {
    let rig = Rig::own();
    let (mut half, mut runner) = settled(&rig);
    ask(&mut runner, FLOOD);
    let accepted = control(&runner, "accepted") - 1.0;
    // 16 KiB of ring, 20 bytes each.
    assert_eq!(accepted, (16384 / 20) as f32);
    assert_eq!(control(&runner, "refused"), 100_000.0 - accepted);
    assert_eq!(half.take_worker_overflows() as f32, 100_000.0 - accepted);
    let _ticker = ticker(&rig);
    assert_eq!(await_responses(&mut runner, accepted + 1.0), accepted + 1.0);
    assert_eq!(half.take_worker_overflows(), 0);
}

#[test]
fn messages_that_never_fit_are_refused_and_empty_ones_are_not() {
    let rig = Rig::own();
    let (mut half, mut runner) = rig.test("worker");
    let _ticker = ticker(&rig);
    ask(&mut runner, OVERSIZE);
    assert_eq!((control(&runner, "accepted"), control(&runner, "refused")), (0.0, 1.0));
    assert_eq!(half.take_worker_overflows(), 1);
    ask(&mut runner, EMPTY);
    // No bytes is a message; bytes at a null pointer are an error.
    assert_eq!((control(&runner, "accepted"), control(&runner, "refused")), (1.0, 2.0));
    assert_eq!(await_responses(&mut runner, 1.0), 1.0);
    assert_eq!(control(&runner, "bytes"), 0.0);
}

#[test]
fn freewheeling_work_is_answered_in_its_own_block() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("worker");
    runner.set_freewheel(true);
    for count in 1..=3 {
        ask(&mut runner, SLOW);
        assert_eq!(control(&runner, "responses"), count as f32);
    }
    runner.set_freewheel(false);
    ask(&mut runner, SLOW);
    assert_eq!(control(&runner, "responses"), 3.0);
}

#[test]
fn work_that_asks_for_work_without_end_does_not_hold_a_block_up() {
    let rig = Rig::own();
    let (half, mut runner) = rig.test("worker");
    runner.set_freewheel(true);
    ask(&mut runner, NEST);
    assert!(control(&runner, "responses") >= 1.0);
    runner.set_freewheel(false);
    // Nor does it hold up the end: the worker thread is busy with it.
    rig.settings.hub.poll();
    drop((half, runner));
}

#[test]
fn an_instance_with_a_long_queue_ends_soon() {
    let rig = Rig::own();
    let (half, mut runner) = rig.test("worker");
    let _ticker = ticker(&rig);
    // 20 ms each; 100 of them would take 2 s.
    for _ in 0..100 {
        ask(&mut runner, SLOW);
    }
    let done = control(&runner, "responses");
    drop((half, runner));
    assert!(done < 100.0);
}
