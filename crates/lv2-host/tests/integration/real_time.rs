//! `run` does not allocate, and the halves may be used by different threads.

use std::time::{Duration, Instant};

use assert_no_alloc::assert_no_alloc;
use lv2_host::atom::Position;
use lv2_host::{Outcome, Runner};

use crate::support::{Rig, cells, control, run, set};

/// Twenty blocks with everything in use, with allocation forbidden.
fn blocks(rig: &Rig, runner: &mut Runner) {
    let known = *rig.settings.urids.known();
    let info = std::sync::Arc::clone(runner.info());
    let buffers: Vec<_> = info.ports.iter().map(|_| cells([0.25; 256])).collect();
    let position = Position {
        frame: 0,
        speed: 1.0,
        bar: 0,
        bar_beat: 0.0,
        beat_unit: 4,
        beats_per_bar: 4.0,
        beats_per_minute: 90.0,
    };
    assert_no_alloc(|| {
        for round in 0..20_u32 {
            for port in &info.ports {
                if let Some(events) = runner.events_in(port.index) {
                    events.push(0, known.midi_event, &[0x90, 60, 1]);
                    let mut space = [0; Position::SIZE];
                    events.push(3, known.atom_object, position.write(&mut space, &known));
                    events.insert(1, known.midi_event, &[0x80, 60, 1]);
                }
            }
            let frames = 1 + round * 7 % 256;
            let frames = if info.flags.fixed_block_length { 256 } else { frames };
            let mut block = runner.block(frames);
            for port in &info.ports {
                block.lend(port.index, &buffers[port.index as usize]);
            }
            assert_eq!(block.run(), Outcome::Ran);
            for port in &info.ports {
                let _ = runner.events_out(port.index).map(|events| events.iter().count());
            }
            let _ = runner.latency();
        }
    });
}

#[test]
fn run_never_allocates() {
    let rig = Rig::own();
    let ticker = rig.settings.hub.spawn_ticker(Duration::from_millis(1)).unwrap();
    for name in [
        "unity",
        "gain",
        "stereo",
        "latency",
        "cv-scale",
        "ramp",
        "fixed",
        "echo",
        "gate",
        "parameter",
        "liar",
    ] {
        let (_half, mut runner) = rig.test(name);
        blocks(&rig, &mut runner);
    }
    for mode in 0..6_u8 {
        let (_half, mut runner) = rig.test("worker");
        set(&mut runner, "mode", f32::from(mode));
        blocks(&rig, &mut runner);
        // Work that was taken is answered.
        let start = Instant::now();
        let taken = control(&runner, "accepted") > 0.0;
        while taken && control(&runner, "responses") == 0.0 && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(1));
            blocks(&rig, &mut runner);
        }
        assert_eq!(control(&runner, "responses") > 0.0, taken, "mode {mode}");
    }
    drop(ticker);
}

#[test]
fn a_log_flood_in_run_neither_allocates_nor_grows() {
    let rig = Rig::own();
    let urids = rig.settings.urids.clone();
    let (mut half, mut runner) = rig.test("parameter");
    half.drain_log(|_| ());
    let key = "urn:archibald:test:parameter#level";
    let set = lv2_host::patch::set_message(&urids, None, key, &lv2_host::patch::PatchValue::Float(1.0));
    assert_no_alloc(|| {
        for _ in 0..100 {
            let events = runner.events_in(0).unwrap();
            while events.push(0, set.kind, &set.body) {}
            assert_eq!(runner.block(16).run(), Outcome::Ran);
        }
    });
    let mut heard = 0;
    half.drain_log(|entry| {
        assert_eq!(entry.text, "set in run, 4 bytes");
        heard += 1;
    });
    assert!((100..1000).contains(&heard), "{heard}");
}

#[test]
fn a_runner_moves_between_threads_and_never_meets_itself() {
    let rig = Rig::own();
    let (half, mut runner) = rig.test("threads");
    for _ in 0..4 {
        runner = std::thread::spawn(move || {
            for _ in 0..50 {
                run(&mut runner, &[0.0; 16]);
            }
            runner
        })
        .join()
        .unwrap();
    }
    assert_eq!(control(&runner, "clashes"), 0.0);
    drop(half);
}
