//! The whole pedal, from the foot to what is seen and heard, for both displays.

use std::sync::Arc;
use std::time::Duration;

use pedal_hardware::Profile;
use pedal_hardware::input::Part;
use pedald::session::{Board, ControlPort, Intent, MidiBinding, Source, Step};

use crate::boards::chain;
use crate::rig::{PERIOD, RATE, gain, near, tone};
use crate::stage::Stage;
use crate::switches::random;

/// The channel of pi-Stomp's messages on the wire.
const CHANNEL: u8 = 13;
/// The steepest step between two samples of [`tone`].
const STEEPEST: f32 = 0.5 * std::f32::consts::TAU * 1000.0 / RATE as f32;

/// A string of 110.6 Hz: A2, 9.4 cents sharp.
fn string(frame: u64) -> f32 {
    (0.3 * (frame as f64 * std::f64::consts::TAU * 110.6 / f64::from(RATE)).sin()) as f32
}

/// No step between two samples is steeper than the louder tone's own: nothing clicked.
fn smooth(heard: &[f32], loudest: f32) {
    let jump = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(jump < STEEPEST * loudest * 1.05, "a step of {jump}, the tone's own is {}", STEEPEST * loudest);
}

/// How often a rising tone crosses zero: its frequency, without what an amplitude could hide.
fn frequency(heard: &[f32]) -> f32 {
    let rising: Vec<usize> = heard
        .windows(2)
        .enumerate()
        .filter(|(_, two)| two[0] < 0.0 && two[1] >= 0.0)
        .map(|(at, _)| at)
        .collect();
    let (first, last) = (rising[0], rising[rising.len() - 1]);
    (rising.len() - 1) as f32 * RATE as f32 / (last - first) as f32
}

/// A gain of 0.5 with its bypass on one controller and its value (up to 2) on another; a snapshot that is louder.
fn boards(bypass: u8, turned: u8) -> [Board; 2] {
    let mut board = chain("Tone", 3);
    let bind = |controller, max| MidiBinding { channel: CHANNEL, controller, min: 0.0, max };
    let first = Arc::make_mut(&mut board.plugins[0]);
    first.values.insert("gain".into(), 0.5);
    first.midi.insert(ControlPort::BYPASS.into(), bind(bypass, 1.0));
    first.midi.insert("gain".into(), bind(turned, 2.0));
    let mut loud = board.capture("Loud");
    for plugin in loud.plugins.values_mut() {
        for value in plugin.values.values_mut() {
            *value = 0.9;
        }
    }
    board.snapshots = vec![Arc::new(board.capture("Default")), Arc::new(loud)];
    board.snapshot = Some(0);
    let mut other = chain("Other", 1);
    Arc::make_mut(&mut other.plugins[0]).values.insert("gain".into(), 0.25);
    other.snapshots = vec![Arc::new(other.capture("Default"))];
    other.snapshot = Some(0);
    [board, other]
}

fn bypassed(stage: &Stage) -> bool {
    stage.session.state().board.plugins[0].bypassed
}

/// A foot on the switch of the bypass, twice: lamp, picture and sound follow.
async fn bypass_and_back(stage: &Stage, foot: usize, name: &str) {
    let before = stage.play(200, tone).await;
    near(gain(&before), 0.5);
    near(frequency(&before) / 1000.0, 1.0);
    assert!(stage.lit(foot));
    stage.shows(&format!("{name}-home")).await;
    let mut heard = before;
    stage.press(Part::Footswitch(foot)).await;
    // not a sample was played since: the change begins with the next one
    heard.extend(stage.until_with("the bypass", tone, |state| state.board.plugins[0].bypassed).await);
    let from = heard.len();
    heard.extend(stage.play(200, tone).await);
    near(gain(&heard), 1.0);
    smooth(&heard, 1.0);
    let louder = heard[from..].iter().position(|sample| sample.abs() > 0.251).expect("it grows louder");
    assert!(louder < 30 * PERIOD, "{louder} frames after the session knew");
    stage.shows(&format!("{name}-bypassed")).await;
    assert!(!stage.lit(foot));
    stage.press(Part::Footswitch(foot)).await;
    let mut heard = stage.until_with("the effect", tone, |state| !state.board.plugins[0].bypassed).await;
    heard.extend(stage.play(200, tone).await);
    near(gain(&heard), 0.5);
    smooth(&heard, 1.0);
    stage.shows(&format!("{name}-back")).await;
    assert!(stage.lit(foot) && !bypassed(stage));
}

/// The menu of boards by the encoder alone: the other board, without a click.
async fn other_board(stage: &Stage, name: &str) {
    stage.press(Part::Encoder(0)).await;
    stage.shows(&format!("{name}-menu")).await;
    let before = stage.play(100, tone).await;
    stage.turn(-1).await;
    stage.press(Part::Encoder(0)).await;
    let mut heard = before;
    heard.extend(stage.until_with("the other board", tone, |state| state.board.title == "Other").await);
    heard.extend(stage.play(400, tone).await);
    near(gain(&heard), 0.25);
    smooth(&heard, 1.0);
    stage.shows(&format!("{name}-other")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_colour_pedal_from_the_foot_to_the_ear() {
    let stage = Stage::new(Profile::v3(), &boards(60, 70)).await;
    bypass_and_back(&stage, 0, "stage").await;

    // six clicks of a tweak encoder: a tenth of the way to 2
    for _ in 0..6 {
        stage.hand.turn(1, 1);
        tokio::time::sleep(Duration::from_millis(120)).await;
        stage.play(20, tone).await;
    }
    stage.until("the turned value", |state| (state.board.plugins[0].values["gain"] - 0.7).abs() < 1e-3).await;
    stage.shows("stage-parameter").await;
    near(gain(&stage.play(200, tone).await), 0.7);
    // the dialog goes by itself
    stage.shows("stage-turned").await;

    // held for the next snapshot
    stage.hand.press(Part::Footswitch(1), true);
    let mut heard = stage.until_with("the snapshot", tone, |state| state.board.snapshot == Some(1)).await;
    stage.hand.press(Part::Footswitch(1), false);
    heard.extend(stage.play(200, tone).await);
    near(gain(&heard), 0.81);
    smooth(&heard, 1.0);
    stage.shows("stage-snapshot").await;

    // held for the tuner; it hears the string, and nobody else does when it mutes
    stage.session.ask(Source::Rest, Intent::TunerMute(true)).await.unwrap();
    stage.hand.press(Part::Footswitch(2), true);
    stage.until("the tuner", |state| state.tuner.on).await;
    stage.hand.press(Part::Footswitch(2), false);
    stage.deafen();
    let heard = stage.play(RATE as usize / PERIOD, string).await;
    assert!(heard[heard.len() - 100 * PERIOD..].iter().all(|sample| *sample == 0.0), "the output is mute");
    stage.shows("stage-tuner").await;
    stage.press(Part::Encoder(0)).await;
    stage.until("no tuner", |state| !state.tuner.on).await;
    near(gain(&stage.play(400, tone).await), 0.81);

    other_board(&stage, "stage").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mono_pedal_from_the_foot_to_the_ear() {
    let stage = Stage::new(Profile::v1(), &boards(62, 64)).await;
    bypass_and_back(&stage, 1, "stage-mono").await;

    // a knob goes to a third of its way
    stage.hand.analog(0, 0.35);
    stage.until("the turned value", |state| (state.board.plugins[0].values["gain"] - 0.7).abs() < 0.02).await;
    let value = stage.session.state().board.plugins[0].values["gain"];
    near(gain(&stage.play(200, tone).await), value);
    stage.shows("stage-mono-parameter").await;

    // the first switch is for the next snapshot
    stage.press(Part::Footswitch(0)).await;
    let mut heard = stage.until_with("the snapshot", tone, |state| state.board.snapshot == Some(1)).await;
    heard.extend(stage.play(200, tone).await);
    near(gain(&heard), 0.81);
    stage.shows("stage-mono-snapshot").await;

    stage.session.ask(Source::Rest, Intent::TunerMute(true)).await.unwrap();
    stage.session.ask(Source::Rest, Intent::Tuner(true)).await.unwrap();
    stage.deafen();
    let heard = stage.play(RATE as usize / PERIOD, string).await;
    assert!(heard[heard.len() - 100 * PERIOD..].iter().all(|sample| *sample == 0.0), "the output is mute");
    stage.shows("stage-mono-tuner").await;
    stage.press(Part::Encoder(0)).await;
    stage.until("no tuner", |state| !state.tuner.on).await;
    near(gain(&stage.play(400, tone).await), 0.81);

    other_board(&stage, "stage-mono").await;
}

/// Memory that is this process's own and was written to, in KiB.
fn private_dirty() -> u64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:")).expect("a field");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// Listens to a level of 0.5.
#[derive(Debug)]
struct Ear {
    last: f32,
    farthest: f32,
    steepest: f32,
    frames: u64,
}

impl Ear {
    fn hear(&mut self, switch: u64, heard: &[f32]) {
        for sample in heard {
            // see `switches.rs` for the tolerance: plugins that both boards have may change places
            self.farthest = self.farthest.max((sample - 0.5).abs());
            self.steepest = self.steepest.max((sample - self.last).abs());
            let (at, last) = (self.frames, self.last);
            assert!(self.farthest < 0.5 * 64.0 / 960.0 + 1e-4, "switch {switch}, frame {at}: {sample}");
            assert!(self.steepest < 1.1e-3, "switch {switch}, frame {at}: from {last} to {sample}");
            (self.last, self.frames) = (*sample, at + 1);
        }
    }
}

/// 200 boards at random, from every side, while a level is played: it stays as it is. Memory comes to rest.
async fn two_hundred(profile: Profile, foot: usize, controller: u8, golden: &str) {
    let lengths = [1, 3, 6, 2, 12, 5, 9, 4];
    let boards: Vec<Board> = lengths
        .iter()
        .enumerate()
        .map(|(number, length)| {
            let mut board = chain(&format!("Board {number}"), *length);
            let binding = MidiBinding { channel: CHANNEL, controller, min: 0.0, max: 1.0 };
            Arc::make_mut(&mut board.plugins[0]).midi.insert(ControlPort::BYPASS.into(), binding);
            board
        })
        .collect();
    let stage = Stage::new(profile, &boards).await;
    let level: fn(u64) -> f32 = |_| 0.5;
    stage.play(RATE as usize / 64, level).await;
    let bundles: Vec<_> =
        stage.session.state().library.boards.iter().map(|board| board.bundle.clone()).collect();
    assert_eq!(bundles.len(), 8);
    let mut random = random();
    let mut ear = Ear { last: 0.5, farthest: 0.0, steepest: 0.0, frames: 0 };
    let (mut memory, mut loaded) = (Vec::new(), 0);
    for number in 0..200_u64 {
        let intent = match random(3) {
            0 => Intent::StepBoard(Step::Next),
            1 => Intent::StepBoard(Step::Previous),
            _ => Intent::LoadBoard { bundle: bundles[random(8) as usize].clone() },
        };
        let session = stage.session.clone();
        let asked = tokio::spawn(async move { session.ask(Source::Hardware, intent).await });
        if random(2) == 0 {
            stage.hand.press(Part::Footswitch(foot), number % 2 == 0);
        }
        if random(4) == 0 {
            // a nervous foot: the next one comes while this one is on its way
            ear.hear(number, &stage.play(2 + random(10) as usize, level).await);
        } else {
            while !asked.is_finished() {
                ear.hear(number, &stage.play(8, level).await);
            }
            loaded += usize::from(asked.await.unwrap().is_ok());
            ear.hear(number, &stage.play(100 + random(200) as usize, level).await);
        }
        if number % 20 == 19 {
            memory.push(private_dirty());
        }
    }
    stage.hand.press(Part::Footswitch(foot), false);
    println!("{ear:?}; KiB after each 20: {memory:?}");
    assert!(loaded > 100, "{loaded} were waited for");
    // The second hundred needs no more than the first, but for what the allocator keeps of each thread's peaks: arenas grow
    // by 64 KiB steps, and eight boards are of different sizes. A board that stayed would be 200 times its size.
    let (first, second) = (memory[4], memory[9]);
    assert!(second < first + 6 * 1024, "from {first} to {second} KiB in the second hundred: {memory:?}");
    let load = Intent::LoadBoard { bundle: bundles[0].clone() };
    let session = stage.session.clone();
    let asked = tokio::spawn(async move { session.ask(Source::Rest, load).await });
    while !asked.is_finished() {
        ear.hear(200, &stage.play(8, level).await);
    }
    asked.await.unwrap().unwrap();
    if bypassed(&stage) {
        stage.session.ask(Source::Rest, Intent::Toggle { port: ControlPort::bypass("p0") }).await.unwrap();
    }
    ear.hear(200, &stage.play(3000, level).await);
    let state = stage.session.state();
    assert_eq!((state.board.title.as_str(), &state.notice), ("Board 0", &None));
    assert!(state.preloaded.len() <= 2, "{:?}", state.preloaded);
    assert_eq!(state.health.xruns, 0);
    stage.shows(golden).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_boards_on_the_colour_pedal() {
    two_hundred(Profile::v3(), 0, 60, "stage-after-200").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_boards_on_the_mono_pedal() {
    two_hundred(Profile::v1(), 1, 62, "stage-mono-after-200").await;
}
