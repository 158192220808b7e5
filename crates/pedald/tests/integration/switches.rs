//! 200 boards at random while the guitar plays.

use std::path::PathBuf;

use pedald::session::{Intent, Step};
use pedald::store::MemoryDisk;

use crate::boards::chain;
use crate::rig::{RATE, Rig};

const BOARDS: usize = 8;

fn disk() -> MemoryDisk {
    let lengths = [1, 3, 6, 2, 12, 5, 9, 4];
    let boards = (0..BOARDS)
        .map(|number| (format!("/b/{number}"), chain(&format!("Board {number}"), lengths[number])));
    let disk = boards.fold(MemoryDisk::default(), |disk, (bundle, board)| disk.with(&bundle, board));
    disk.contents().last = Some(PathBuf::from("/b/0"));
    disk
}

/// The same row of numbers on each machine.
pub fn random() -> impl FnMut(u64) -> u64 {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a field");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// All boards pass the sound on as it is: whatever is heard other than the input is a gap, a click or a burst.
#[test]
fn two_hundred_switches_are_not_heard() {
    let mut rig = Rig::new(disk());
    // a constant shows each gap and jump; a sine would hide those at its zeros
    let level = |_| 0.5;
    rig.run(RATE as usize / 64, level);
    assert_eq!(rig.core.state().board.title, "Board 0");
    let mut random = random();
    let (mut loads, mut swaps, mut settled) = (0, 0, 0);
    let mut memory = 0;
    let mut last = 0.5;
    let (mut farthest, mut steepest) = (0.0_f32, 0.0_f32);
    for number in 0..200 {
        rig.sent.clear();
        let intent = match random(3) {
            0 => Intent::StepBoard(Step::Next),
            1 => Intent::StepBoard(Step::Previous),
            _ => Intent::LoadBoard { bundle: format!("/b/{}", random(BOARDS as u64)).into() },
        };
        let asked = rig.ask(intent);
        if rig.sent == ["x_swap"] {
            swaps += 1;
        }
        // between a nervous foot and a song: 3 ms to 4 s
        let blocks = if random(4) == 0 { 2 + random(10) } else { 200 + random(3000) } as usize;
        let heard = rig.run(blocks, level);
        for (frame, sample) in heard.iter().enumerate() {
            // Plugins that both boards have may change places; then a way between them is a period of 64 frames late
            // while it fades over 960 frames, which is 64/960 of the level at most, and never a jump.
            farthest = farthest.max((sample - 0.5).abs());
            steepest = steepest.max((sample - last).abs());
            assert!(farthest < 0.5 * 64.0 / 960.0 + 1e-4, "switch {number}, frame {frame}: {sample}");
            assert!(steepest < 1.1e-3, "switch {number}, frame {frame}: from {last} to {sample}");
            last = *sample;
        }
        loads += 1;
        if blocks > 100 {
            rig.answer(asked).expect("it was loaded by now").expect("and without an error");
            settled += 1;
        }
        if number == 60 {
            memory = resident();
        }
    }
    println!("farthest from the level: {farthest}, steepest step: {steepest}");
    rig.run(3000, level);
    let grown = resident().saturating_sub(memory);
    assert!(grown < 4096, "{grown} KiB more after 140 further switches");
    assert!(
        loads == 200 && settled > 100 && swaps > 40,
        "{loads} asked for, {settled} settled, {swaps} by one command"
    );
    let stats = rig.stats();
    let plugins = stats["plugins"].as_array().expect("a list");
    assert_eq!(plugins.len(), rig.core.state().board.plugins.len(), "the engine has the session's board");
    assert!(plugins.iter().all(|plugin| plugin["cut_off"] == false && plugin["missing"] == false));
    assert!(rig.core.state().preloaded.len() <= 2, "{:?}", rig.core.state().preloaded);
    assert_eq!(rig.core.state().notice, None);
}

/// The blend moves the sound smoothly: no step is larger than the slope of the whole way allows.
#[test]
fn a_blend_is_smooth() {
    use pedald::session::{ControlPort, Curve, Morph, MorphStop};
    let mut rig = Rig::new(disk());
    let level = |_| 0.5;
    rig.run(1000, level);
    let set = |value| Intent::Set { port: ControlPort::new("p0", "gain"), value };
    rig.ask(set(0.0));
    rig.ask(Intent::SaveSnapshotAs { name: "Silent".into() });
    rig.ask(set(1.0));
    rig.run(200, level);
    let stops = vec![MorphStop { position: 0.0, snapshot: 0 }, MorphStop { position: 1.0, snapshot: 1 }];
    rig.ask(Intent::Morph(Some(Morph { name: "Fade".into(), stops, curve: Curve::Linear, position: 0.0 })));
    let mut heard = rig.run(1, level);
    for step in 1..=100 {
        rig.ask(Intent::MorphTo { position: step as f32 / 100.0 });
        heard.extend(rig.run(7, level)); // about every 9 ms, as a pedal moves
    }
    heard.extend(rig.run(100, level));
    assert!((heard[0] - 0.5).abs() < 1e-3 && heard.last().expect("sound").abs() < 1e-3);
    let jump = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    assert!(jump < 1e-3, "the largest step between two samples is {jump}");
}
