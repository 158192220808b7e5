//! ALSA: one sound card directly, without a server.
//!
//! Capture and playback of one card are linked, so that they start together and stay at one distance; the loop sleeps until
//! the capture has a period, processes it, and writes it into the playback's mapped buffer. After an xrun both begin
//! anew. There is no MIDI here, and there are no ports for other programs.
//!
//! Tried against ALSA's `null` device only: the machines on which this was written have no sound card.

mod card;
mod samples;

use super::offline::run_block;
use super::own_thread::{OwnThread, Shared};
use super::{Backend, BackendState, BackendStats, StartError};
use crate::io::{MAX_CHANNELS, MidiBuffer, Process, StreamFormat};
use alsa::Direction;
use card::{Stream, Wish};
use std::sync::atomic::Ordering::Relaxed;

/// Card, rate and period of the ALSA back end.
#[derive(Debug, Clone)]
pub struct AlsaOptions {
    /// ALSA name of the card, such as `hw:0` or `hw:sndrpihifiberry`.
    pub device: String,
    /// Sample rate in Hz, 8000–384000; the card must have it.
    pub sample_rate: u32,
    /// Frames per block, 8–8192; the card must have it.
    pub period: usize,
    /// Periods in the card's buffer, 2–16. Two give the least latency; some USB cards need three.
    pub periods: u32,
    /// Number of capture channels, 0–32. With 0 the playback is the clock.
    pub captures: usize,
    /// Number of playback channels, 1–32.
    pub playbacks: usize,
    /// `SCHED_FIFO` priority, 1–99; `None` for an ordinary thread. A refusal is logged and the thread runs on.
    pub priority: Option<i32>,
}

impl Default for AlsaOptions {
    /// `hw:0`, 48 kHz, two periods of 128 frames, two channels each way, `SCHED_FIFO` 70.
    fn default() -> Self {
        Self {
            device: "hw:0".to_owned(),
            sample_rate: 48_000,
            period: 128,
            periods: 2,
            captures: 2,
            playbacks: 2,
            priority: Some(70),
        }
    }
}

/// The ALSA back end.
pub struct AlsaBackend {
    options: AlsaOptions,
    format: StreamFormat,
    streams: Option<Streams>,
    thread: OwnThread,
}

impl AlsaBackend {
    /// Opens and configures the card.
    pub fn open(options: AlsaOptions) -> Result<Self, StartError> {
        let most = MAX_CHANNELS / 2;
        let checks = [
            ("sample rate", options.sample_rate as usize, 8_000..=384_000, "8000-384000 Hz"),
            ("period", options.period, 8..=8192, "8-8192 frames"),
            ("number of periods", options.periods as usize, 2..=16, "2-16"),
            ("number of capture channels", options.captures, 0..=most, "0-32"),
            ("number of playback channels", options.playbacks, 1..=most, "1-32"),
            ("real-time priority", options.priority.unwrap_or(1).unsigned_abs() as usize, 1..=99, "1-99"),
        ];
        for (what, value, allowed, range) in checks {
            if !allowed.contains(&value) {
                return Err(StartError::OutOfRange { what, value: value as u64, range });
            }
        }
        let streams = Streams::open(&options)?;
        let format = StreamFormat {
            sample_rate: options.sample_rate,
            max_frames: options.period,
            captures: streams.capture.as_ref().map_or(0, |stream| stream.channels.min(options.captures)),
            playbacks: streams.playback.channels.min(options.playbacks),
        };
        let thread = OwnThread::new("alsa", options.priority);
        Ok(Self { options, format, streams: Some(streams), thread })
    }
}

impl Backend for AlsaBackend {
    fn name(&self) -> &'static str {
        "alsa"
    }

    fn format(&self) -> StreamFormat {
        self.format
    }

    fn start(&mut self, process: Box<dyn Process>) -> Result<(), StartError> {
        self.thread.take(process, self.options.period)?;
        let streams = match self.streams.take() {
            Some(streams) => streams,
            None => Streams::open(&self.options)?,
        };
        let format = self.format;
        self.thread
            .run(move |shared| Loop::new(streams, format, shared).run().map_err(|error| error.to_string()))
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
        match self.thread.state() {
            BackendState::Lost(why) => {
                BackendState::Lost(format!("sound card `{}`: {why}", self.options.device))
            }
            other => other,
        }
    }
}

struct Streams {
    capture: Option<Stream>,
    playback: Stream,
    linked: bool,
    periods: u32,
}

impl Streams {
    fn open(options: &AlsaOptions) -> Result<Self, StartError> {
        let wish = |channels| Wish {
            sample_rate: options.sample_rate,
            period: options.period,
            periods: options.periods,
            channels,
        };
        let capture = (options.captures > 0)
            .then(|| Stream::open(&options.device, Direction::Capture, wish(options.captures)))
            .transpose()?;
        let playback = Stream::open(&options.device, Direction::Playback, wish(options.playbacks))?;
        // Streams that cannot be linked are started one right after the other; their distance then varies by microseconds.
        let linked = capture.as_ref().is_some_and(|capture| capture.pcm.link(&playback.pcm).is_ok());
        Ok(Self { capture, playback, linked, periods: options.periods })
    }

    /// The stream whose periods are the clock.
    fn clock(&self) -> &Stream {
        self.capture.as_ref().unwrap_or(&self.playback)
    }

    /// From any state to running, with a buffer of silence to play.
    fn start(&self) -> alsa::Result<()> {
        let capture = self.capture.as_ref().map(|stream| &stream.pcm);
        let _ = self.playback.pcm.drop();
        if let Some(pcm) = capture {
            let _ = pcm.drop();
        }
        self.playback.pcm.prepare()?;
        if let Some(pcm) = capture.filter(|_| !self.linked) {
            pcm.prepare()?;
        }
        for _ in 0..self.periods {
            self.playback.write_silence()?;
        }
        self.playback.pcm.start()?;
        match capture.filter(|_| !self.linked) {
            Some(pcm) => pcm.start(),
            None => Ok(()),
        }
    }
}

/// The audio thread's own state.
struct Loop<'a> {
    streams: Streams,
    shared: &'a Shared,
    period: usize,
    patience_ms: u32,
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    midi: [[MidiBuffer; 1]; 2],
}

/// Restarts without a single period in between after which the card counts as gone.
const HOPELESS: u32 = 50;

impl<'a> Loop<'a> {
    fn new(streams: Streams, format: StreamFormat, shared: &'a Shared) -> Self {
        let period = format.max_frames;
        let channels = |count| vec![vec![0.0; period]; count];
        Self {
            streams,
            shared,
            period,
            patience_ms: 500 + (10_000 * period as u64 / u64::from(format.sample_rate)) as u32,
            input: channels(format.captures),
            output: channels(format.playbacks),
            midi: [[MidiBuffer::default()], [MidiBuffer::default()]],
        }
    }

    fn run(&mut self) -> alsa::Result<()> {
        self.streams.start()?;
        let mut failures = 0;
        while !self.shared.is_stopping() {
            match self.period() {
                Ok(()) => failures = 0,
                // An xrun, or the machine was suspended: begin anew.
                Err(error)
                    if failures < HOPELESS && [libc::EPIPE, libc::ESTRPIPE].contains(&error.errno()) =>
                {
                    failures += 1;
                    self.shared.lose(1);
                    self.streams.start()?;
                }
                Err(error) => return Err(error),
            }
        }
        let _ = self.streams.playback.pcm.drop();
        Ok(())
    }

    fn period(&mut self) -> alsa::Result<()> {
        let clock = self.streams.clock();
        while clock.available()? < self.period {
            if !clock.pcm.wait(Some(self.patience_ms))? {
                return Err(alsa::Error::new("snd_pcm_wait", libc::ETIMEDOUT));
            }
        }
        if let Some(capture) = &self.streams.capture {
            capture.read(&mut self.input)?;
        }
        let [midi_in, midi_out] = &mut self.midi;
        midi_out[0].clear();
        let (frames, input, output) = (self.period, &self.input, &mut self.output);
        self.shared.slot.with(|process| run_block(process, frames, input, output, midi_in, midi_out, false));
        self.shared.periods.fetch_add(1, Relaxed);
        let playback = &self.streams.playback;
        while playback.available()? < self.period {
            if !playback.pcm.wait(Some(self.patience_ms))? {
                return Err(alsa::Error::new("snd_pcm_wait", libc::ETIMEDOUT));
            }
        }
        playback.write(&self.output)
    }
}

#[cfg(test)]
mod tests;
