//! A host with real LV2 plugins and no back end: the test is the clock, so times are counts of samples.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use assert_no_alloc::assert_no_alloc;
use mod_protocol::{Command, Feedback, Reply};
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::io::{Block, MidiBuffer, Process};
use pedal_engine::lv2::Lv2Plugins;

pub const RATE: u32 = 48_000;

pub struct HostRig {
    pub host: Host,
    pub engine: Engine,
    pub period: usize,
    pub frames: Arc<AtomicU64>,
    pub feedback: Vec<Feedback>,
    /// Abort when the callback allocates; off for plugins of others, which may do what they like.
    pub strict: bool,
    /// What the callback is told: faster than real time.
    pub freewheel: bool,
}

impl HostRig {
    /// The system's plugins and those of `test-plugins`.
    pub fn new(period: usize) -> Self {
        Self::with(HostOptions { period, ..HostOptions::default() })
    }

    pub fn with(options: HostOptions) -> Self {
        let settings =
            EngineSettings { sample_rate: RATE, workers: options.workers, ..EngineSettings::default() };
        let (engine, handle) = Engine::new(&settings).expect("threads");
        let period = options.period;
        let path = test_plugins::lv2_path();
        let plugins = Lv2Plugins::new(RATE, period, Some(&path)).expect("lilv");
        let frames = Arc::new(AtomicU64::new(0));
        let clock = frames.clone();
        let clock =
            Box::new(move || Duration::from_secs_f64(clock.load(Ordering::Relaxed) as f64 / f64::from(RATE)));
        let host = Host::new(options, handle, Box::new(plugins), None, clock);
        Self { host, engine, period, frames, feedback: Vec::new(), strict: true, freewheel: false }
    }

    /// Executes a line of the protocol.
    pub fn command(&mut self, line: &str) -> Reply {
        let command = Command::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.host.execute(&command)
    }

    /// Executes a line that must succeed.
    pub fn ok(&mut self, line: &str) {
        let reply = self.command(line);
        assert!(!reply.is_error(), "{line}: {reply:?}");
    }

    /// Runs `blocks` periods of `input` on both channels, the host looked after in between; the two outputs.
    pub fn run(&mut self, blocks: usize, input: impl Fn(u64) -> f32) -> [Vec<f32>; 2] {
        self.run_midi(blocks, input, &MidiBuffer::default())
    }

    /// As [`HostRig::run`], with `midi` in the first block.
    pub fn run_midi(
        &mut self,
        blocks: usize,
        input: impl Fn(u64) -> f32,
        midi: &MidiBuffer,
    ) -> [Vec<f32>; 2] {
        let mut heard = [Vec::new(), Vec::new()];
        let none = MidiBuffer::default();
        for number in 0..blocks {
            let time = self.frames.load(Ordering::Relaxed);
            let samples: Vec<f32> = (0..self.period as u64).map(|i| input(time + i)).collect();
            let mut left = vec![9.0; self.period];
            let mut right = vec![9.0; self.period];
            let midi_in = [if number == 0 { midi.clone() } else { none.clone() }];
            let mut midi_out = [MidiBuffer::default()];
            let mut block = Block {
                frames: self.period,
                inputs: &[&samples, &samples],
                outputs: &mut [&mut left, &mut right],
                midi_in: &midi_in,
                midi_out: &mut midi_out,
                freewheel: self.freewheel,
            };
            if self.strict {
                assert_no_alloc(|| self.engine.process(&mut block));
            } else {
                self.engine.process(&mut block);
            }
            self.frames.fetch_add(self.period as u64, Ordering::Relaxed);
            self.host.tick();
            self.feedback.extend(self.host.take_feedback());
            heard[0].extend(left);
            heard[1].extend(right);
        }
        heard
    }

    /// Lines of feedback so far, forgotten afterwards.
    pub fn told(&mut self) -> Vec<String> {
        self.feedback.drain(..).map(|feedback| feedback.to_string()).collect()
    }
}

/// A board file in a folder that lives as long as the test.
pub fn board_file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("board.json");
    std::fs::write(&path, text).expect("written");
    (folder, path)
}
