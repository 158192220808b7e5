//! Whole takes in memory, as fast as the CPU goes, with the same result from run to run.
//!
//! [`Render`] drives a process on the calling thread and is what tests and `render` use; [`OfflineBackend`] is the same behind
//! the [`Backend`] trait, on a thread of its own.

use super::{Backend, BackendState, BackendStats, StartError};
use crate::io::{Block, MAX_CHANNELS, MidiBuffer, Process, StreamFormat};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// A MIDI message at a position of a take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedMidi {
    /// Position in frames from the start of the take.
    pub frame: u64,
    /// The whole message, status byte first.
    pub bytes: Vec<u8>,
}

/// What a render gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendered {
    /// One vector per playback channel, all of one length.
    pub audio: Vec<Vec<f32>>,
    /// MIDI that the process sent to its own output.
    pub midi: Vec<TimedMidi>,
}

/// Called before each block with its index; commands given here take effect at a known position.
type Hook<'h> = Box<dyn FnMut(u64) + 'h>;

/// How to render: period, channels, MIDI, and commands at known positions.
///
/// Every block has exactly the period's length, so that plugins which need a fixed one are content; the last is padded with
/// silence and its output cut.
pub struct Render<'h> {
    period: usize,
    playbacks: usize,
    tail: usize,
    freewheel: bool,
    midi: Vec<TimedMidi>,
    hook: Option<Hook<'h>>,
}

impl<'h> Render<'h> {
    /// A render with blocks of `period` frames (clamped to 1–8192), two playback channels, no MIDI, no tail.
    pub fn new(period: usize) -> Self {
        Self {
            period: period.clamp(1, 8192),
            playbacks: 2,
            tail: 0,
            freewheel: true,
            midi: Vec::new(),
            hook: None,
        }
    }

    /// Number of playback channels, 1–64.
    pub fn playbacks(mut self, playbacks: usize) -> Self {
        self.playbacks = playbacks.clamp(1, MAX_CHANNELS);
        self
    }

    /// Goes on for `frames` of silence after the input, for echoes and reverbs.
    pub fn tail(mut self, frames: usize) -> Self {
        self.tail = frames;
        self
    }

    /// What [`Block::freewheel`] says, `true` unless set here. With `false` plugins use their worker threads as in real time,
    /// and the result may then differ from run to run.
    pub fn freewheel(mut self, freewheel: bool) -> Self {
        self.freewheel = freewheel;
        self
    }

    /// MIDI for the engine's own input; any order, messages of one frame keep theirs.
    pub fn midi(mut self, mut messages: Vec<TimedMidi>) -> Self {
        messages.sort_by_key(|message| message.frame);
        self.midi = messages;
        self
    }

    /// Calls `hook` before each block with the block's index, counted from 0.
    pub fn before_block(mut self, hook: impl FnMut(u64) + 'h) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Runs `process` over `input` (one vector per capture channel; short ones are padded with silence). Sets the period
    /// first. In debug builds aborts when a block allocates.
    pub fn run(&mut self, process: &mut dyn Process, input: &[Vec<f32>]) -> Rendered {
        self.run_until(process, input, &AtomicBool::new(false), &AtomicU64::new(0))
    }

    fn run_until(
        &mut self,
        process: &mut dyn Process,
        input: &[Vec<f32>],
        stop: &AtomicBool,
        done: &AtomicU64,
    ) -> Rendered {
        let period = self.period;
        let captures = input.len().min(MAX_CHANNELS);
        let frames = input.iter().map(Vec::len).max().unwrap_or(0) + self.tail;
        let mut result = Rendered {
            audio: (0..self.playbacks).map(|_| Vec::with_capacity(frames + period)).collect(),
            midi: Vec::new(),
        };
        let mut capture = vec![vec![0.0f32; period]; captures];
        let mut playback = vec![vec![0.0f32; period]; self.playbacks];
        let (mut midi_in, mut midi_out) = ([MidiBuffer::default()], [MidiBuffer::default()]);
        let mut messages = self.midi.iter().peekable();
        process.set_max_frames(period);
        for (index, start) in (0..frames).step_by(period).enumerate() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            if let Some(hook) = &mut self.hook {
                hook(index as u64);
            }
            for (block, take) in capture.iter_mut().zip(input) {
                let part = take.get(start..(start + period).min(take.len())).unwrap_or(&[]);
                block[..part.len()].copy_from_slice(part);
                block[part.len()..].fill(0.0);
            }
            midi_in[0].clear();
            midi_out[0].clear();
            let end = (start + period) as u64;
            while let Some(message) = messages.next_if(|message| message.frame < end) {
                midi_in[0].push((message.frame - start as u64) as u32, &message.bytes);
            }
            run_block(process, period, &capture, &mut playback, &midi_in, &mut midi_out, self.freewheel);
            for (take, block) in result.audio.iter_mut().zip(&playback) {
                take.extend_from_slice(block);
            }
            result.midi.extend(midi_out[0].iter().map(|event| TimedMidi {
                frame: start as u64 + u64::from(event.frame),
                bytes: event.bytes.to_vec(),
            }));
            done.fetch_add(1, Ordering::Relaxed);
        }
        result.audio.iter_mut().for_each(|take| take.truncate(frames));
        result
    }
}

/// One block from and to vectors; aborts in debug builds when the process allocates.
pub(super) fn run_block(
    process: &mut dyn Process,
    frames: usize,
    capture: &[Vec<f32>],
    playback: &mut [Vec<f32>],
    midi_in: &[MidiBuffer],
    midi_out: &mut [MidiBuffer],
    freewheel: bool,
) {
    let mut inputs = [&[][..]; MAX_CHANNELS];
    for (slice, channel) in inputs.iter_mut().zip(capture) {
        *slice = &channel[..frames];
    }
    let mut outputs: [&mut [f32]; MAX_CHANNELS] = std::array::from_fn(|_| &mut [][..]);
    let playbacks = playback.len();
    for (slice, channel) in outputs.iter_mut().zip(playback) {
        *slice = &mut channel[..frames];
    }
    let mut block = Block {
        frames,
        inputs: &inputs[..capture.len()],
        outputs: &mut outputs[..playbacks],
        midi_in,
        midi_out,
        freewheel,
    };
    assert_no_alloc::assert_no_alloc(|| process.process(&mut block));
}

/// Renders `input` (one vector per capture channel) in blocks of `period` frames to two channels.
pub fn render(process: &mut dyn Process, input: &[Vec<f32>], period: usize) -> Vec<Vec<f32>> {
    Render::new(period).run(process, input).audio
}

type Worker = JoinHandle<(Box<dyn Process>, Rendered)>;

/// Offline rendering behind the [`Backend`] trait.
pub struct OfflineBackend {
    format: StreamFormat,
    input: Arc<Vec<Vec<f32>>>,
    tail: usize,
    midi: Vec<TimedMidi>,
    stop: Arc<AtomicBool>,
    periods: Arc<AtomicU64>,
    worker: Option<Worker>,
    rendered: Option<Rendered>,
}

impl OfflineBackend {
    /// Will render `input` and then `tail` frames of silence in blocks of `period` frames (1–8192) to `playbacks` channels.
    pub fn new(
        input: Vec<Vec<f32>>,
        sample_rate: u32,
        period: usize,
        playbacks: usize,
        tail: usize,
    ) -> Result<Self, StartError> {
        let out_of_range =
            |what, value: usize, range| StartError::OutOfRange { what, value: value as u64, range };
        if !(1..=8192).contains(&period) {
            return Err(out_of_range("period", period, "1-8192 frames"));
        }
        if !(1..=MAX_CHANNELS).contains(&playbacks) {
            return Err(out_of_range("number of playback channels", playbacks, "1-64"));
        }
        if input.len() > MAX_CHANNELS {
            return Err(out_of_range("number of capture channels", input.len(), "0-64"));
        }
        Ok(Self {
            format: StreamFormat { sample_rate, max_frames: period, captures: input.len(), playbacks },
            input: Arc::new(input),
            tail,
            midi: Vec::new(),
            stop: Arc::default(),
            periods: Arc::default(),
            worker: None,
            rendered: None,
        })
    }

    /// MIDI for the next start.
    pub fn set_midi(&mut self, messages: Vec<TimedMidi>) {
        self.midi = messages;
    }

    /// The result, once, after [`Backend::stop`].
    pub fn take_rendered(&mut self) -> Option<Rendered> {
        self.rendered.take()
    }

    /// Waits for the end of the input and returns the process, as [`Backend::stop`] does without cutting the render short.
    pub fn finish(&mut self) -> Option<Box<dyn Process>> {
        match self.worker.take()?.join() {
            Ok((process, rendered)) => {
                self.rendered = Some(rendered);
                Some(process)
            }
            Err(_) => None,
        }
    }
}

impl Backend for OfflineBackend {
    fn name(&self) -> &'static str {
        "offline"
    }

    fn format(&self) -> StreamFormat {
        self.format
    }

    fn start(&mut self, mut process: Box<dyn Process>) -> Result<(), StartError> {
        if self.worker.is_some() {
            return Err(StartError::Running);
        }
        self.stop.store(false, Ordering::Relaxed);
        self.periods.store(0, Ordering::Relaxed);
        let (input, stop, periods) =
            (Arc::clone(&self.input), Arc::clone(&self.stop), Arc::clone(&self.periods));
        let (format, tail, midi) = (self.format, self.tail, self.midi.clone());
        let work = move || {
            let mut render = Render::new(format.max_frames).playbacks(format.playbacks).tail(tail).midi(midi);
            let rendered = render.run_until(&mut *process, &input, &stop, &periods);
            (process, rendered)
        };
        let worker =
            std::thread::Builder::new().name("offline".to_owned()).spawn(work).map_err(StartError::Thread)?;
        self.worker = Some(worker);
        Ok(())
    }

    fn stop(&mut self) -> Option<Box<dyn Process>> {
        self.stop.store(true, Ordering::Relaxed);
        self.finish()
    }

    fn stats(&self) -> BackendStats {
        BackendStats { periods: self.periods.load(Ordering::Relaxed), ..BackendStats::default() }
    }

    fn state(&self) -> BackendState {
        match &self.worker {
            None => BackendState::Stopped,
            Some(worker) if worker.is_finished() => BackendState::Finished,
            Some(_) => BackendState::Running,
        }
    }
}

#[cfg(test)]
mod tests;
