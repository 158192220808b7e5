//! Plays a WAV file into ports of a JACK server in real time and records other ports, sample by sample in step.
//!
//! Two clients, so that what lies between the played and the recorded ports is a chain and not a loop, which JACK would
//! delay by a period. Both count from the same frame of the server's clock: sample `n` of the recording was taken in the
//! period in which sample `n` of the input was given, whatever the period and however many periods were lost.

use crate::audio_file::{self, Encoding, ReadError, Take, WriteError};
use crate::backend::StartError;
use crate::sys::jack::{Listener, Notifications};
use jack::{AudioIn, AudioOut, Client, Control, Port, ProcessScope};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

/// How long the server may take beyond the length of the recording before we give up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to play and what to record.
#[derive(Debug, Clone)]
pub struct PlayOptions {
    /// Name of the JACK server; `None` is the default one.
    pub server: Option<String>,
    /// WAV file to play, at the server's sample rate, 1 or more channels.
    pub input: PathBuf,
    /// WAV file to write: 32-bit float, one channel per port of `from`. Replaced only when the recording is complete.
    pub output: PathBuf,
    /// Input ports that get the file: port `n` gets channel `n`, ports beyond the last channel get the last one.
    pub to: Vec<String>,
    /// Output ports to record, 1 or more.
    pub from: Vec<String>,
    /// How long to go on recording after the end of the input, in seconds, 0 or more.
    pub tail: f64,
}

/// What was played and recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayReport {
    /// Length of the recording in frames.
    pub frames: u64,
    /// Frames of it that the server never ran (lost periods); they are silent in the file.
    pub lost_frames: u64,
    /// Xruns that the server reported meanwhile.
    pub xruns: u64,
    /// Sample rate in Hz.
    pub sample_rate: u32,
}

/// Why nothing was played or recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// The server could not be reached.
    #[error(transparent)]
    Server(#[from] StartError),
    /// The input cannot be read, or has another rate than the server.
    #[error(transparent)]
    Input(#[from] ReadError),
    /// The recording cannot be written.
    #[error(transparent)]
    Output(#[from] WriteError),
    /// A port cannot be connected.
    #[error("cannot connect {source_port} to {sink_port}: {reason}; `jack_lsp` lists the ports")]
    Connect {
        /// Port that gives.
        source_port: String,
        /// Port that takes.
        sink_port: String,
        /// What JACK said.
        reason: String,
    },
    /// The server refused a port or the activation, or stopped.
    #[error("the JACK server failed to {action}: {reason}")]
    Jack {
        /// What was tried.
        action: &'static str,
        /// What JACK said.
        reason: String,
    },
}

/// Plays and records; returns when the recording is written. `progress` is called about ten times a second with the
/// share that is done, 0–1.
pub fn play(options: &PlayOptions, mut progress: impl FnMut(f64)) -> Result<PlayReport, PlayError> {
    let source = crate::backend::jack::connect("archibald-play", options.server.as_deref())?;
    let sink = crate::backend::jack::connect("archibald-record", options.server.as_deref())?;
    let sample_rate = source.sample_rate();
    let input = audio_file::read_at(&options.input, sample_rate)?;
    let channels = input.channels.len();
    let length = input.frames() + (options.tail.max(0.0) * f64::from(sample_rate)) as usize;
    let shared = Arc::new(Shared::default());

    let player = Player {
        shared: Arc::clone(&shared),
        ports: register(&source, channels, AudioOut::default())?,
        tracks: input.channels,
    };
    let tracks = vec![vec![0.0; length]; options.from.len()];
    let ports = register(&sink, tracks.len(), AudioIn::default())?;
    let recorder = Recorder { shared: Arc::clone(&shared), ports, tracks, ran: 0 };
    let activate =
        |error: jack::Error| PlayError::Jack { action: "activate a client", reason: error.to_string() };
    let source = source.activate_async(Notifications(Arc::clone(&shared)), player).map_err(activate)?;
    let sink = sink.activate_async((), recorder).map_err(activate)?;
    connect_all(source.as_client(), sink.as_client(), channels, options)?;

    // A tenth of a second ahead, so that both clients see the start before it comes.
    let begin = source.as_client().frame_time().wrapping_add(sample_rate / 10);
    shared.begin.store(begin, Relaxed);
    shared.armed.store(true, Release);
    let deadline =
        Instant::now() + Duration::from_secs_f64(length as f64 / f64::from(sample_rate)) + PATIENCE;
    loop {
        let done = shared.position.load(Relaxed);
        progress(done as f64 / length.max(1) as f64);
        if done >= length as u64 {
            break;
        }
        if shared.gone.load(Relaxed) || Instant::now() > deadline {
            let reason = format!("it stopped after {done} of {length} frames");
            return Err(PlayError::Jack { action: "play to the end", reason });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let deactivate =
        |error: jack::Error| PlayError::Jack { action: "end a client", reason: error.to_string() };
    source.deactivate().map_err(deactivate)?;
    let (_, _, Recorder { tracks, ran, .. }) = sink.deactivate().map_err(deactivate)?;
    let take = Take { sample_rate, channels: tracks };
    audio_file::write(&options.output, &take, Encoding::Float32)?;
    Ok(PlayReport {
        frames: length as u64,
        lost_frames: length as u64 - ran,
        xruns: shared.xruns.load(Relaxed),
        sample_rate,
    })
}

/// What the two callbacks and the caller share.
#[derive(Default)]
struct Shared {
    armed: AtomicBool,
    /// Server's frame clock at sample 0; valid once armed.
    begin: AtomicU32,
    /// Frames that the recorder is past.
    position: AtomicU64,
    xruns: AtomicU64,
    gone: AtomicBool,
}

impl Shared {
    /// The sample at the start of this period, negative before the start; `None` until armed.
    fn offset(&self, scope: &ProcessScope) -> Option<i64> {
        // The clock is 32 bits and wraps; a difference of up to half its range is right.
        self.armed.load(Acquire).then(|| {
            let ahead = scope.last_frame_time().wrapping_sub(self.begin.load(Relaxed));
            i64::from(ahead.cast_signed())
        })
    }
}

impl Listener for Shared {
    fn shutdown(&self) {
        self.gone.store(true, Relaxed);
    }

    fn freewheel(&self, _: bool) {}

    fn sample_rate(&self, _: u32) {}

    fn xrun(&self) {
        self.xruns.fetch_add(1, Relaxed);
    }
}

/// The common frames of a period that starts at sample `offset` and a track of `length` samples: where they begin in the
/// period, where in the track, and how many they are.
fn overlap(offset: i64, frames: usize, length: usize) -> (usize, usize, usize) {
    let skip = usize::try_from(-offset).unwrap_or(0).min(frames);
    let at = usize::try_from(offset).unwrap_or(0).min(length);
    (skip, at, (frames - skip).min(length - at))
}

struct Player {
    shared: Arc<Shared>,
    ports: Vec<Port<AudioOut>>,
    tracks: Vec<Vec<f32>>,
}

impl jack::ProcessHandler for Player {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let offset = self.shared.offset(scope);
        for (port, track) in self.ports.iter_mut().zip(&self.tracks) {
            let buffer = port.as_mut_slice(scope);
            buffer.fill(0.0);
            if let Some(offset) = offset {
                let (skip, at, count) = overlap(offset, buffer.len(), track.len());
                buffer[skip..skip + count].copy_from_slice(&track[at..at + count]);
            }
        }
        Control::Continue
    }
}

struct Recorder {
    shared: Arc<Shared>,
    ports: Vec<Port<AudioIn>>,
    tracks: Vec<Vec<f32>>,
    /// Frames that were really taken.
    ran: u64,
}

impl jack::ProcessHandler for Recorder {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let Some(offset) = self.shared.offset(scope) else { return Control::Continue };
        let mut taken = 0;
        for (port, track) in self.ports.iter().zip(&mut self.tracks) {
            let buffer = port.as_slice(scope);
            let (skip, at, count) = overlap(offset, buffer.len(), track.len());
            track[at..at + count].copy_from_slice(&buffer[skip..skip + count]);
            taken = count;
        }
        self.ran += taken as u64;
        let past = offset + i64::from(scope.n_frames());
        self.shared.position.store(u64::try_from(past).unwrap_or(0), Relaxed);
        Control::Continue
    }
}

fn register<S: jack::PortSpec + Clone>(
    client: &Client,
    count: usize,
    spec: S,
) -> Result<Vec<Port<S>>, PlayError> {
    let name = |n: usize| format!("port_{}", n + 1);
    (0..count)
        .map(|n| client.register_port(&name(n), spec.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| PlayError::Jack { action: "register a port", reason: error.to_string() })
}

fn connect_all(
    source: &Client,
    sink: &Client,
    channels: usize,
    options: &PlayOptions,
) -> Result<(), PlayError> {
    let given = options
        .to
        .iter()
        .enumerate()
        .map(|(n, port)| (format!("{}:port_{}", source.name(), n.min(channels - 1) + 1), port.clone()));
    let taken = (1..).zip(&options.from).map(|(n, port)| (port.clone(), format!("{}:port_{n}", sink.name())));
    for (source_port, sink_port) in given.chain(taken) {
        if let Err(error) = source.connect_ports_by_name(&source_port, &sink_port) {
            return Err(PlayError::Connect { source_port, sink_port, reason: error.to_string() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_may_begin_before_the_track_or_end_after_it() {
        assert_eq!(overlap(-100, 64, 1000), (64, 0, 0));
        assert_eq!(overlap(-10, 64, 1000), (10, 0, 54));
        assert_eq!(overlap(0, 64, 1000), (0, 0, 64));
        assert_eq!(overlap(990, 64, 1000), (0, 990, 10));
        assert_eq!(overlap(5000, 64, 1000), (0, 1000, 0));
        assert_eq!(overlap(-10, 64, 20), (10, 0, 20));
    }
}
