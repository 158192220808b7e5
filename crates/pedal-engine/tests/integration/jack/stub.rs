//! Small processes that stand for the engine and for other programs.

use super::server::Server;
use pedal_engine::backend::jack::{JackBackend, JackOptions};
use pedal_engine::backend::{Backend, BackendState};
use pedal_engine::io::{Block, Process};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// What a stub saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) blocks: AtomicUsize,
    pub(crate) max_frames: AtomicUsize,
    pub(crate) inputs: AtomicUsize,
    pub(crate) midi_events: AtomicUsize,
    /// Whether the last block was freewheeling.
    pub(crate) freewheel: AtomicBool,
}

/// What a stub does with each block.
pub(crate) enum Job {
    /// Input n to output n, MIDI input n to MIDI output n.
    Pass,
    /// Counts frames from 1 on all outputs, from the first block on.
    Ramp { next: f32 },
    /// Keeps what comes in on one input until the storage is full.
    Record { input: usize, tape: Vec<f32>, done: std::sync::mpsc::SyncSender<Vec<f32>> },
    /// A note-on at frame 5 of every block.
    Notes,
    /// Panics in the tenth block.
    Panic,
}

struct Stub {
    job: Job,
    seen: Arc<Seen>,
}

impl Process for Stub {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        let count = self.seen.blocks.fetch_add(1, SeqCst);
        self.seen.inputs.store(block.inputs.len(), SeqCst);
        self.seen.freewheel.store(block.freewheel, SeqCst);
        self.seen.midi_events.fetch_add(block.midi_in.iter().map(|buffer| buffer.len()).sum(), SeqCst);
        for (n, output) in block.outputs.iter_mut().enumerate() {
            match (&self.job, block.inputs.get(n)) {
                (Job::Pass, Some(input)) => output.copy_from_slice(input),
                (Job::Ramp { next }, _) => {
                    output.iter_mut().zip(0..).for_each(|(sample, k)| *sample = next + k as f32)
                }
                _ => output.fill(0.0),
            }
        }
        match &mut self.job {
            Job::Pass => {
                for (from, to) in block.midi_in.iter().zip(block.midi_out.iter_mut()) {
                    from.iter().for_each(|event| assert!(to.push(event.frame, event.bytes)));
                }
            }
            Job::Ramp { next } => *next += block.frames as f32,
            Job::Record { input, tape, done } => {
                let room = tape.capacity() - tape.len();
                let came = block.inputs.get(*input).copied().unwrap_or(&[]);
                tape.extend_from_slice(&came[..room.min(came.len())]);
                if tape.capacity() > 0 && tape.len() == tape.capacity() {
                    let _ = done.try_send(std::mem::take(tape));
                }
            }
            Job::Notes => assert!(block.midi_out[0].push(5, &[0x90, 60, 100])),
            Job::Panic if count == 10 => panic!("as the test wants it"),
            Job::Panic => {}
        }
    }

    fn xrun(&mut self, _: u32) {}

    fn set_max_frames(&mut self, frames: usize) {
        self.seen.max_frames.store(frames, SeqCst);
    }
}

/// A started back end that runs one stub.
pub(crate) struct Client {
    pub(crate) backend: JackBackend,
    pub(crate) seen: Arc<Seen>,
}

impl Client {
    /// A client with one port each way that is not connected to anything.
    pub(crate) fn start(server: &Server, name: &str, job: Job) -> Self {
        let options = JackOptions {
            client_name: name.to_owned(),
            server: Some(server.name.clone()),
            captures: Some(1),
            playbacks: Some(1),
            connect_audio: false,
            playbacks_wait: false,
            connect_midi: false,
            mod_host_names: name == "engine",
        };
        Self::start_with(options, job)
    }

    pub(crate) fn start_with(options: JackOptions, job: Job) -> Self {
        let mut backend = JackBackend::open(options).expect("the server is there");
        let seen = Arc::new(Seen::default());
        backend.start(Box::new(Stub { job, seen: Arc::clone(&seen) })).expect("starts");
        assert_eq!(backend.state(), BackendState::Running);
        Self { backend, seen }
    }

    /// Waits for `count` further blocks.
    pub(crate) fn run_blocks(&self, count: usize) {
        let from = self.seen.blocks.load(SeqCst);
        wait_for("blocks", || self.seen.blocks.load(SeqCst) >= from + count);
    }
}

/// Polls until `condition` holds; fails the test after 10 s.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < patience, "waited 10 s in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
