//! A timer instead of a sound card: periods at the right rate on a machine without sound.

use super::offline::run_block;
use super::own_thread::{OwnThread, Shared};
use super::{Backend, BackendState, BackendStats, StartError};
use crate::io::{MAX_CHANNELS, MidiBuffer, Process, StreamFormat};
use crate::sys::counter::monotonic_ns;
use crate::sys::thread;
use std::sync::atomic::Ordering::Relaxed;

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Nothing.
    Silence,
    /// A sine of `hz` at `level` (full scale 1.0) on every capture.
    Sine {
        /// Frequency in Hz.
        hz: f64,
        /// Amplitude, full scale 1.0.
        level: f32,
    },
    /// A take on every capture, over and over again.
    Loop(Vec<f32>),
}

/// Rate, period and threads of the dummy back end.
#[derive(Debug, Clone)]
pub struct DummyOptions {
    /// Sample rate in Hz, 8000–384000.
    pub sample_rate: u32,
    /// Frames per block, 1–8192.
    pub period: usize,
    /// Number of capture channels, 0–64.
    pub captures: usize,
    /// Number of playback channels, 1–64.
    pub playbacks: usize,
    /// What comes in.
    pub source: Source,
    /// `SCHED_FIFO` priority, 1–99; `None` for an ordinary thread. A refusal is logged and the thread runs on.
    pub priority: Option<i32>,
}

impl Default for DummyOptions {
    /// 48 kHz, 128 frames, two channels each way, silence, `SCHED_FIFO` 70.
    fn default() -> Self {
        Self {
            sample_rate: 48_000,
            period: 128,
            captures: 2,
            playbacks: 2,
            source: Source::Silence,
            priority: Some(70),
        }
    }
}

/// The timer back end.
pub struct DummyBackend {
    options: DummyOptions,
    thread: OwnThread,
}

impl DummyBackend {
    /// Checks the numbers; starts nothing.
    pub fn new(options: DummyOptions) -> Result<Self, StartError> {
        let checks = [
            ("sample rate", options.sample_rate as usize, 8_000..=384_000, "8000-384000 Hz"),
            ("period", options.period, 1..=8192, "1-8192 frames"),
            ("number of capture channels", options.captures, 0..=MAX_CHANNELS, "0-64"),
            ("number of playback channels", options.playbacks, 1..=MAX_CHANNELS, "1-64"),
            ("real-time priority", options.priority.unwrap_or(1).unsigned_abs() as usize, 1..=99, "1-99"),
        ];
        for (what, value, allowed, range) in checks {
            if !allowed.contains(&value) {
                return Err(StartError::OutOfRange { what, value: value as u64, range });
            }
        }
        Ok(Self { thread: OwnThread::new("dummy", options.priority), options })
    }
}

impl Backend for DummyBackend {
    fn name(&self) -> &'static str {
        "dummy"
    }

    fn format(&self) -> StreamFormat {
        let DummyOptions { sample_rate, period, captures, playbacks, .. } = self.options;
        StreamFormat { sample_rate, max_frames: period, captures, playbacks }
    }

    fn start(&mut self, process: Box<dyn Process>) -> Result<(), StartError> {
        self.thread.take(process, self.options.period)?;
        let options = self.options.clone();
        self.thread.run(move |shared| {
            Clock::new(options, shared).run();
            Ok(())
        })
    }

    fn stop(&mut self) -> Option<Box<dyn Process>> {
        self.thread.stop()
    }

    fn real_time_priority(&self) -> Option<u8> {
        self.thread.real_time_priority()
    }

    fn stats(&self) -> BackendStats {
        self.thread.stats()
    }

    fn state(&self) -> BackendState {
        self.thread.state()
    }
}

/// The timer thread's own state.
struct Clock<'a> {
    options: DummyOptions,
    shared: &'a Shared,
    capture: Vec<Vec<f32>>,
    playback: Vec<Vec<f32>>,
    frame: u64,
}

impl<'a> Clock<'a> {
    fn new(options: DummyOptions, shared: &'a Shared) -> Self {
        let channels = |count| vec![vec![0.0; options.period]; count];
        Self {
            capture: channels(options.captures),
            playback: channels(options.playbacks),
            frame: 0,
            options,
            shared,
        }
    }

    fn run(mut self) {
        let (period, rate) = (self.options.period as u64, u64::from(self.options.sample_rate));
        let start = monotonic_ns();
        let mut count = 0;
        let mut buffers = ([MidiBuffer::default()], [MidiBuffer::default()]);
        // Position n falls on start + n periods, computed afresh so that rounding never adds up.
        let moment =
            |count: u64| start + (u128::from(count * period) * 1_000_000_000 / u128::from(rate)) as u64;
        while !self.shared.is_stopping() {
            self.fill_capture();
            self.block(&mut buffers.0, &mut buffers.1);
            count += 1;
            let now = monotonic_ns();
            // The next period should have been over by now: those in between are lost, as with a sound card.
            let lost = (0..).take_while(|n| now >= moment(count + n + 1)).take(1 << 20).count() as u64;
            if lost > 0 {
                count += lost;
                self.shared.lose(lost);
            }
            thread::sleep_until(moment(count));
        }
    }

    fn fill_capture(&mut self) {
        let Some((first, others)) = self.capture.split_first_mut() else { return };
        match &self.options.source {
            Source::Silence => return,
            Source::Sine { hz, level } => {
                let step = std::f64::consts::TAU * hz / f64::from(self.options.sample_rate);
                for (n, sample) in (self.frame..).zip(first.iter_mut()) {
                    *sample = level * (step * n as f64).sin() as f32;
                }
            }
            Source::Loop(take) if take.is_empty() => return,
            Source::Loop(take) => {
                let position = (self.frame % take.len() as u64) as usize;
                for (sample, &value) in first.iter_mut().zip(take.iter().cycle().skip(position)) {
                    *sample = value;
                }
            }
        }
        others.iter_mut().for_each(|channel| channel.copy_from_slice(first));
        self.frame += self.options.period as u64;
    }

    fn block(&mut self, midi_in: &mut [MidiBuffer; 1], midi_out: &mut [MidiBuffer; 1]) {
        let Self { options, shared, capture, playback, .. } = self;
        midi_in[0].clear();
        midi_out[0].clear();
        shared
            .slot
            .with(|process| run_block(process, options.period, capture, playback, midi_in, midi_out, false));
        shared.periods.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Block;
    use std::sync::mpsc::{SyncSender, sync_channel};
    use std::time::Duration;

    /// Sends the first captures away and stalls once when told to.
    struct Probe {
        seen: Vec<f32>,
        wanted: usize,
        done: SyncSender<Vec<f32>>,
        stall: Option<Duration>,
        xruns: u32,
    }

    impl Process for Probe {
        fn process(&mut self, block: &mut Block<'_, '_>) {
            if let Some(time) = self.stall.take() {
                std::thread::sleep(time);
            }
            block.outputs.iter_mut().for_each(|channel| channel.fill(0.0));
            let room = self.wanted - self.seen.len();
            self.seen.extend_from_slice(&block.inputs[1][..room.min(block.frames)]);
            if self.seen.len() == self.wanted && self.seen.capacity() > 0 {
                let _ = self.done.try_send(std::mem::take(&mut self.seen));
                self.wanted = 0;
            }
        }
        fn xrun(&mut self, count: u32) {
            self.xruns += count;
        }
        fn set_max_frames(&mut self, frames: usize) {
            assert_eq!(frames, 64);
        }
    }

    fn run(source: Source, stall: Option<Duration>, wanted: usize) -> (Vec<f32>, DummyBackend) {
        let options = DummyOptions { period: 64, source, ..DummyOptions::default() };
        let mut backend = DummyBackend::new(options).unwrap();
        let (done, seen) = sync_channel(1);
        backend
            .start(Box::new(Probe { seen: Vec::with_capacity(wanted), wanted, done, stall, xruns: 0 }))
            .unwrap();
        assert_eq!(backend.state(), BackendState::Running);
        let seen = seen.recv_timeout(Duration::from_secs(20)).expect("periods are coming");
        (seen, backend)
    }

    #[test]
    fn a_loop_comes_in_without_gap() {
        let take: Vec<f32> = (0..37).map(|n| n as f32).collect();
        let (seen, mut backend) = run(Source::Loop(take), None, 500);
        assert!(seen.iter().enumerate().all(|(n, &x)| x == (n % 37) as f32), "{seen:?}");
        assert!(backend.stop().is_some());
        assert_eq!(backend.state(), BackendState::Stopped);
        assert!(backend.stats().periods >= 8);
    }

    #[test]
    fn a_sine_has_its_level() {
        let (seen, _backend) = run(Source::Sine { hz: 1000.0, level: 0.5 }, None, 480);
        let peak = seen.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!((peak - 0.5).abs() < 1e-3, "{peak}");
    }

    #[test]
    fn a_stall_counts_the_periods_it_cost() {
        // 20 ms of 1.33 ms periods: the stalled one and the one that waits are not lost, 13 or more are.
        let (_, mut backend) = run(Source::Silence, Some(Duration::from_millis(20)), 640);
        backend.stop();
        assert!(backend.stats().xruns >= 13, "{:?}", backend.stats());
    }

    #[test]
    fn absurd_numbers_are_refused() {
        let with = |change: fn(&mut DummyOptions)| {
            let mut options = DummyOptions::default();
            change(&mut options);
            DummyBackend::new(options).err().expect("refused").to_string()
        };
        assert!(with(|o| o.sample_rate = 0).contains("8000-384000 Hz"));
        assert!(with(|o| o.period = 10_000).contains("1-8192"));
        assert!(with(|o| o.playbacks = 65).contains("1-64"));
        assert!(with(|o| o.priority = Some(100)).contains("1-99"));
    }
}
