//! Changes of the board: no gap, no jump, tails ring out.

use std::cell::Cell;

use pedal_engine::graph::{Edge, Node, Signal, Sink, Source};
use pedal_engine::unit::{Gain, LatencyLine, PassThrough, Unit, UnitIo};
use proptest::prelude::*;

use crate::rig::{RATE, Rig};

fn unity(rig: &mut Rig) -> Node {
    rig.node(Gain::info(), Box::new(Gain::new()), 0)
}

/// capture 1 → nodes in a row → playback 1.
fn chain(nodes: &[Node]) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut from = Source::Capture(0);
    for node in nodes {
        edges.push(Edge::new(from, Sink::Node(node.id, 0)));
        from = Source::Node(node.id, 0);
    }
    edges.push(Edge::new(from, Sink::Playback(0)));
    edges
}

#[derive(Debug, Clone)]
struct Step {
    picks: Vec<usize>,
    fresh: usize,
    blocks: usize,
    sweep: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::collection::vec(0usize..6, 0..5), 0usize..3, 0usize..40, any::<bool>())
        .prop_map(|(picks, fresh, blocks, sweep)| Step { picks, fresh, blocks, sweep });
    prop::collection::vec(step, 1..12)
}

/// Plays `steps` of random unity boards and returns what is heard once the first board has faded in.
fn play(steps: &[Step], period: usize, threads: usize, input: impl Fn(u64) -> f32) -> Vec<f32> {
    let mut rig = Rig::new(period, threads, true);
    let pool: Vec<Node> = (0..6).map(|_| unity(&mut rig)).collect();
    rig.send(Vec::new(), chain(&[]));
    rig.run(2400 / period + 2, &input);
    let mut heard = Vec::new();
    for step in steps {
        let mut nodes: Vec<Node> = Vec::new();
        for &pick in &step.picks {
            if !nodes.iter().any(|node| node.id == pool[pick].id) {
                nodes.push(pool[pick].clone());
            }
        }
        for _ in 0..step.fresh {
            let node = unity(&mut rig);
            nodes.insert(nodes.len() / 2, node);
        }
        let edges = chain(&nodes);
        rig.send(nodes, edges);
        for _ in 0..step.blocks {
            heard.extend(rig.run(1, &input));
            if step.sweep || rig.time.is_multiple_of(3) {
                rig.sweep();
            }
        }
    }
    heard
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn dc_through_unity_boards_stays(mut steps in steps(), period in 1usize..130, threads in 1usize..3) {
        steps.iter_mut().for_each(|step| step.picks.sort_unstable());
        for (time, sample) in play(&steps, period, threads, |_| 0.5).into_iter().enumerate() {
            prop_assert!((sample - 0.5).abs() < 1e-3, "sample {time} is {sample}");
        }
    }

    /// While plugins change places, a way between them is a period late, and so is its fade.
    #[test]
    fn dc_stays_when_plugins_change_places(steps in steps(), period in 1usize..130) {
        let lag = 4.0 * 0.5 * period as f32 / 960.0;
        for (time, sample) in play(&steps, period, 1, |_| 0.5).into_iter().enumerate() {
            prop_assert!((sample - 0.5).abs() < 1e-3 + lag, "sample {time} is {sample}");
        }
    }

    #[test]
    fn a_sine_never_jumps(steps in steps(), period in 16usize..130) {
        let sine = |time: u64| (time as f32 * 0.02).sin();
        let heard = play(&steps, period, 1, sine);
        // slope of the sine, and twice that of a fade of 960 frames
        for (time, pair) in heard.windows(2).enumerate() {
            prop_assert!((pair[1] - pair[0]).abs() < 0.02 + 4.0 / 960.0, "jump at {time}: {pair:?}");
        }
    }
}

/// An echo: puts out what came in `frames` ago, eight times, each time half as loud.
struct Echo {
    ring: Vec<f32>,
    at: usize,
}

impl Echo {
    fn boxed(frames: usize) -> Box<Self> {
        Box::new(Self { ring: vec![0.0; frames], at: 0 })
    }
}

impl Unit for Echo {
    fn run(&mut self, io: &UnitIo<'_>) {
        for (out, input) in io.output(0).iter().zip(io.input(0)) {
            let late = self.ring[self.at];
            self.ring[self.at] = input.get() + late * 0.5;
            self.at = (self.at + 1) % self.ring.len();
            out.set(late);
        }
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}
}

#[test]
fn the_tail_of_a_removed_echo_rings_out_and_is_then_dropped() {
    let mut rig = Rig::new(64, 1, true);
    let info = PassThrough::info("urn:test:echo", vec![Signal::Audio], vec![Signal::Audio]);
    let echo = rig.node(info, Echo::boxed(4800), 0);
    let edges = chain(std::slice::from_ref(&echo));
    rig.send(vec![echo], edges);
    rig.run(75, |_| 0.0); // one echo time: nothing left of the fade-in
    rig.run(75, |_| 1.0);
    rig.send(Vec::new(), Vec::new());
    assert_eq!(rig.live.departing().count(), 1);
    let mut heard = Vec::new();
    for _ in 0..750 {
        heard.extend(rig.run(1, |_| 0.0));
        rig.sweep();
    }
    // the echo of the last 100 ms sounds in full, then half, then a quarter
    assert!((heard[1000..4000].iter().sum::<f32>() / 3000.0 - 1.0).abs() < 1e-3);
    assert!((heard[6000..8800].iter().sum::<f32>() / 2800.0 - 0.5).abs() < 2e-2);
    assert!(heard[15_000..17_000].iter().all(|sample| *sample > 0.1));
    // below −80 dBFS after 14 halvings; 200 ms later it is gone
    assert!(heard[47_900..].iter().all(|sample| sample.abs() < 2e-3));
    for _ in 0..1500 {
        rig.run(1, |_| 0.0);
        rig.sweep();
    }
    assert_eq!(rig.live.departing().count(), 0);
    assert!(!rig.live.is_changing());
}

/// Puts out a tone, whatever comes in.
struct Tone(f32);

impl Unit for Tone {
    fn run(&mut self, io: &UnitIo<'_>) {
        io.output(0).iter().for_each(|out| out.set(self.0));
    }

    fn set_control(&mut self, _index: usize, _value: f32) {}
}

#[test]
fn a_tail_without_end_is_cut_after_ten_seconds() {
    let mut rig = Rig::new(256, 1, true);
    let info = PassThrough::info("urn:test:tone", vec![Signal::Audio], vec![Signal::Audio]);
    let tone = rig.node(info, Box::new(Tone(0.25)), 0);
    let edges = chain(std::slice::from_ref(&tone));
    rig.send(vec![tone], edges);
    rig.run(10, |_| 0.0);
    rig.send(Vec::new(), Vec::new());
    let heard = rig.run(2100, |_| 0.0);
    let limit = RATE as usize * 10;
    assert!(heard[..limit].iter().all(|&sample| sample == 0.25));
    assert!(heard[limit + 2400 + 256..].iter().all(|&sample| sample == 0.0));
    rig.sweep();
    assert_eq!(rig.live.departing().count(), 0);
}

#[test]
fn a_generator_is_faded_in_and_out() {
    let mut rig = Rig::new(48, 1, true);
    let info = PassThrough::info("urn:test:generator", vec![], vec![Signal::Audio]);
    let tone = rig.node(info, Box::new(Tone(1.0)), 0);
    rig.send(vec![tone.clone()], vec![Edge::new(Source::Node(tone.id, 0), Sink::Playback(0))]);
    let rise = rig.run(20, |_| 0.0);
    assert!(rise.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.1 / 960.0));
    assert_eq!(rise[959], 1.0);
    rig.send(Vec::new(), Vec::new());
    let fall = rig.run(20, |_| 0.0);
    assert!(fall.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.1 / 960.0));
    assert_eq!(fall[959], 0.0);
}

#[test]
fn parallel_paths_meet_in_time() {
    let mut rig = Rig::new(32, 1, true);
    let slow = rig.node(LatencyLine::info(), Box::new(LatencyLine::new(100)), 100);
    let fast = unity(&mut rig);
    let edges = vec![
        Edge::new(Source::Capture(0), Sink::Node(slow.id, 0)),
        Edge::new(Source::Capture(0), Sink::Node(fast.id, 0)),
        Edge::new(Source::Node(slow.id, 0), Sink::Playback(0)),
        Edge::new(Source::Node(fast.id, 0), Sink::Playback(0)),
    ];
    rig.send(vec![slow, fast], edges);
    rig.run(40, |_| 0.0);
    let start = rig.time;
    let heard = rig.run(10, |time| f32::from(time == start + 5));
    let peaks: Vec<usize> = (0..heard.len()).filter(|&at| heard[at] != 0.0).collect();
    assert_eq!(peaks, [105]);
    assert_eq!(heard[105], 2.0);
}

#[test]
fn bypass_does_not_click_and_then_saves_the_run() {
    thread_local! { static RUNS: Cell<u32> = const { Cell::new(0) }; }
    struct Invert;
    impl Unit for Invert {
        fn run(&mut self, io: &UnitIo<'_>) {
            RUNS.with(|runs| runs.set(runs.get() + 1));
            io.output(0).iter().zip(io.input(0)).for_each(|(out, input)| out.set(-input.get()));
        }

        fn set_control(&mut self, _index: usize, _value: f32) {}
    }
    let mut rig = Rig::new(64, 1, true);
    let info = PassThrough::info("urn:test:invert", vec![Signal::Audio], vec![Signal::Audio]);
    let node = rig.node(info, Box::new(Invert), 0);
    let cell = rig.cells[&node.id].clone();
    let edges = chain(std::slice::from_ref(&node));
    rig.send(vec![node], edges);
    rig.run(20, |_| 1.0);
    cell.set_bypass(true);
    let heard = rig.run(20, |_| 1.0);
    assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 2.1 / 480.0));
    assert_eq!(heard[480..], vec![1.0; heard.len() - 480]);
    let runs = RUNS.with(Cell::get);
    rig.run(50, |_| 1.0);
    assert_eq!(RUNS.with(Cell::get), runs);
    cell.set_bypass(false);
    let heard = rig.run(20, |_| 1.0);
    assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 2.1 / 480.0));
    assert_eq!(heard[481], -1.0);
}

#[test]
fn what_is_not_a_number_is_bypassed_in_the_same_block() {
    struct Bad(u32);
    impl Unit for Bad {
        fn run(&mut self, io: &UnitIo<'_>) {
            self.0 += 1;
            let bad = if self.0 == 30 { f32::NAN } else { 0.0 };
            io.output(0).iter().zip(io.input(0)).for_each(|(out, input)| out.set(input.get() * 0.5 + bad));
        }

        fn set_control(&mut self, _index: usize, _value: f32) {}
    }
    let mut rig = Rig::new(64, 1, true);
    let info = PassThrough::info("urn:test:bad", vec![Signal::Audio], vec![Signal::Audio]);
    let node = rig.node(info, Box::new(Bad(0)), 0);
    let cell = rig.cells[&node.id].clone();
    let edges = chain(std::slice::from_ref(&node));
    rig.send(vec![node], edges);
    let heard = rig.run(29, |_| 1.0);
    assert_eq!(heard[29 * 64 - 1], 0.5);
    let heard = rig.run(5, |_| 1.0);
    assert_eq!(heard, vec![1.0; heard.len()]);
    assert_eq!(cell.take_faults(), pedal_engine::exec::fault::NOT_FINITE);
    cell.re_enable();
    let heard = rig.run(20, |_| 1.0);
    assert_eq!(*heard.last().expect("samples"), 0.5);
    assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.0 / 480.0));
}

#[test]
fn a_control_is_ramped_over_five_milliseconds() {
    let mut rig = Rig::new(64, 1, true);
    let node = unity(&mut rig);
    let cell = rig.cells[&node.id].clone();
    let edges = chain(std::slice::from_ref(&node));
    rig.send(vec![node], edges);
    rig.run(20, |_| 1.0);
    cell.set_control(0, 0.0);
    let heard = rig.run(5, |_| 1.0);
    assert!(heard.windows(2).all(|pair| pair[0] - pair[1] <= 32.0 / 240.0 + 1e-6));
    assert!(heard[0] < 1.0 && heard[0] > 0.8);
    assert_eq!(heard[240], 0.0);
}
