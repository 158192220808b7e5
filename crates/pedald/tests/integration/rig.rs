//! Session and engine in one thread. The test is the clock: time is a count of samples.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mod_protocol::{Command, Reply};
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::io::{Block, MidiBuffer, Process};
use pedal_engine::lv2::Lv2Plugins;
use pedald::engine::{EngineEvent, Place};
use pedald::session::{Answer, Core, Effect, Input, Intent, ReplyTo, Source};
use pedald::store::{Disk, DiskAnswer, MemoryDisk};

use crate::boards::TestCatalogue;

pub const RATE: u32 = 48_000;
pub const PERIOD: usize = 64;

/// A tone of 1 kHz whose peaks are 0.5.
pub fn tone(frame: u64) -> f32 {
    0.5 * (frame as f32 * std::f32::consts::TAU * 1000.0 / RATE as f32).sin()
}

/// The gain of [`tone`] in the last hundred blocks.
pub fn gain(heard: &[f32]) -> f32 {
    let end = &heard[heard.len() - 100 * PERIOD..];
    let power = end.iter().map(|sample| sample * sample).sum::<f32>() / end.len() as f32;
    power.sqrt() * std::f32::consts::SQRT_2 / 0.5
}

/// Whether a gain is as it should be, within what a smoothed control leaves.
pub fn near(found: f32, wanted: f32) {
    assert!((found - wanted).abs() < 3e-3, "{found} instead of {wanted}");
}

/// Runs one period with `samples` on both inputs; what is heard on the left.
pub fn block(engine: &mut Engine, samples: &[f32]) -> Vec<f32> {
    let (mut left, mut right) = (vec![9.0; PERIOD], vec![9.0; PERIOD]);
    let (midi_in, mut midi_out) = ([MidiBuffer::default()], [MidiBuffer::default()]);
    engine.process(&mut Block {
        frames: PERIOD,
        inputs: &[samples, samples],
        outputs: &mut [&mut left, &mut right],
        midi_in: &midi_in,
        midi_out: &mut midi_out,
        // the samples are the clock: how fast this machine is at the moment must not be heard
        freewheel: true,
    });
    left
}

pub struct Rig {
    pub core: Core,
    disk: MemoryDisk,
    host: Host,
    engine: Engine,
    frames: Arc<AtomicU64>,
    replies: VecDeque<EngineEvent>,
    disk_done: VecDeque<(u64, Result<DiskAnswer, String>)>,
    answers: BTreeMap<u64, Answer>,
    asked: u64,
    folder: tempfile::TempDir,
    /// Names of the commands that were sent.
    pub sent: Vec<&'static str>,
}

impl Rig {
    pub fn new(disk: MemoryDisk) -> Self {
        let settings = EngineSettings { sample_rate: RATE, ..EngineSettings::default() };
        let (engine, handle) = Engine::new(&settings).expect("threads");
        let plugins = Lv2Plugins::new(RATE, PERIOD, Some(&test_plugins::lv2_path())).expect("lilv");
        let frames = Arc::new(AtomicU64::new(0));
        let clock = frames.clone();
        let clock = move || Duration::from_secs_f64(clock.load(Ordering::Relaxed) as f64 / f64::from(RATE));
        let options = HostOptions { period: PERIOD, ..HostOptions::default() };
        let host = Host::new(options, handle, Box::new(plugins), None, Box::new(clock));
        let mut rig = Self {
            core: Core::new(TestCatalogue),
            disk,
            host,
            engine,
            frames,
            replies: VecDeque::from([EngineEvent::Up]),
            disk_done: VecDeque::new(),
            answers: BTreeMap::new(),
            asked: 0,
            folder: tempfile::tempdir().expect("folder"),
            sent: Vec::new(),
        };
        rig.input(Input::Start);
        rig
    }

    fn now(&self) -> Duration {
        Duration::from_secs_f64(self.frames.load(Ordering::Relaxed) as f64 / f64::from(RATE))
    }

    fn input(&mut self, input: Input) {
        for effect in self.core.handle(self.now(), input) {
            match effect {
                Effect::Emit(_) => {}
                Effect::Answer(to, answer) => drop(self.answers.insert(to.0, answer)),
                Effect::Command(ticket, command) => self.command(ticket, &command),
                Effect::Load(ticket, board, place) => {
                    let path = self.folder.path().join("board.json");
                    std::fs::write(&path, serde_json::to_vec(&board).expect("JSON")).expect("written");
                    let path = path.display().to_string();
                    let command = match place {
                        Place::Running => Command::XLoad { path },
                        Place::Slot(slot) => Command::XPreload { slot, path },
                    };
                    self.command(ticket, &command);
                }
                Effect::GiveUp(reason) => panic!("the engine hangs: {reason}"),
                Effect::Disk(ticket, job) => {
                    let done = self.disk.run(job);
                    self.disk_done.push_back((ticket, done));
                }
            }
        }
    }

    fn command(&mut self, ticket: u64, command: &Command) {
        self.sent.push(command.name());
        // through the wire's text, as it would come by the socket
        let bytes = command.to_bytes();
        let read = Command::parse(&bytes[..bytes.len() - 1]).expect("our own command");
        let reply: Reply = self.host.execute(&read);
        self.replies.push_back(EngineEvent::Reply { ticket, reply });
    }

    /// Asks for something; its answer comes while blocks run.
    pub fn ask(&mut self, intent: Intent) -> u64 {
        self.asked += 1;
        let reply = ReplyTo(self.asked);
        self.input(Input::Intent { source: Source::Hardware, intent, reply });
        self.asked
    }

    /// The answer, if it has come.
    pub fn answer(&mut self, number: u64) -> Option<Answer> {
        self.answers.remove(&number)
    }

    /// Runs blocks with `input` on both inputs; what is heard on the left.
    pub fn run(&mut self, blocks: usize, input: impl Fn(u64) -> f32) -> Vec<f32> {
        let mut heard = Vec::with_capacity(blocks * PERIOD);
        for _ in 0..blocks {
            let time = self.frames.load(Ordering::Relaxed);
            let samples: Vec<f32> = (0..PERIOD as u64).map(|frame| input(time + frame)).collect();
            let left = block(&mut self.engine, &samples);
            self.frames.fetch_add(PERIOD as u64, Ordering::Relaxed);
            self.host.tick();
            let told = self.host.take_feedback().into_iter().map(EngineEvent::Feedback);
            self.replies.extend(told);
            heard.extend(left);
            self.turn();
        }
        heard
    }

    /// What came from engine and disk since the last block, and what has fallen due.
    fn turn(&mut self) {
        while let Some(event) = self.replies.pop_front() {
            self.input(Input::Engine { event, memory: None });
        }
        while let Some((ticket, answer)) = self.disk_done.pop_front() {
            self.input(Input::Disk { ticket, answer, memory: None });
        }
        if self.core.next_wake() <= self.now() {
            self.input(Input::Tick { memory: None });
        }
    }

    /// Blocks in which the callback has run out of something, and plugins that faulted: there shall be none.
    pub fn stats(&self) -> serde_json::Value {
        self.host.stats()
    }
}
