//! What runs in the server's cycle, and what its callbacks count meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};

use ::jack::{
    AudioIn, AudioOut, Client, Control, Frames, NotificationHandler, Port, PortId, ProcessHandler,
    ProcessScope,
};

/// What the callbacks count; the measuring thread compares before and after.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) xruns: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) resized: AtomicU64,
    pub(super) unplugged: AtomicU64,
    pub(super) overflow: AtomicU64,
    pub(super) period: AtomicU32,
    pub(super) active: AtomicBool,
}

impl Watch {
    /// The counts, with the word for each.
    pub(super) fn counts(&self) -> [(u64, &'static str); 5] {
        [
            (self.resized.load(SeqCst), "the buffer size or sample rate changed"),
            (self.unplugged.load(SeqCst), "a port of the loop was disconnected"),
            (self.gaps.load(SeqCst), "the server skipped frames"),
            (self.xruns.load(SeqCst), "the server reported an xrun"),
            (self.overflow.load(SeqCst), "this program could not keep up with the recording"),
        ]
    }
}

/// Playback of one attempt, made outside of the callback and handed back to be freed there.
pub(super) struct Job {
    pub(super) silence: usize,
    pub(super) playback: Vec<f32>,
    pub(super) position: usize,
}

pub(super) struct Player {
    pub(super) input: Port<AudioIn>,
    pub(super) output: Port<AudioOut>,
    pub(super) jobs: rtrb::Consumer<Box<Job>>,
    pub(super) done: rtrb::Producer<Box<Job>>,
    pub(super) recorded: rtrb::Producer<f32>,
    pub(super) job: Option<Box<Job>>,
    pub(super) expected: Option<Frames>,
    pub(super) watch: Arc<Watch>,
}

impl ProcessHandler for Player {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let frames = scope.n_frames();
        let now = scope.last_frame_time();
        if self.expected.is_some_and(|expected| expected != now) {
            self.watch.gaps.fetch_add(1, SeqCst);
        }
        self.expected = Some(now.wrapping_add(frames));
        let output = self.output.as_mut_slice(scope);
        output.fill(0.0);
        if !self.watch.active.load(SeqCst) {
            if let Some(job) = self.job.take() {
                // The ring has room for every job that was ever handed in.
                let _ = self.done.push(job);
            }
            return Control::Continue;
        }
        if self.job.is_none() {
            self.job = self.jobs.pop().ok();
        }
        let Some(job) = &mut self.job else { return Control::Continue };
        for (i, value) in output.iter_mut().enumerate() {
            let at = job.position + i;
            if at >= job.silence {
                *value = job.playback.get(at - job.silence).copied().unwrap_or(0.0);
            }
        }
        job.position += output.len();
        let input = self.input.as_slice(scope);
        match self.recorded.write_chunk_uninit(input.len()) {
            Ok(chunk) => {
                chunk.fill_from_iter(input.iter().copied());
            }
            Err(_) => {
                self.watch.overflow.fetch_add(1, SeqCst);
            }
        }
        Control::Continue
    }

    fn buffer_size(&mut self, _: &Client, size: Frames) -> Control {
        let before = self.watch.period.swap(size, SeqCst);
        if before != 0 && before != size {
            self.watch.resized.fetch_add(1, SeqCst);
            self.expected = None;
        }
        Control::Continue
    }
}

pub(super) struct Notices {
    pub(super) watch: Arc<Watch>,
    pub(super) mine: [String; 2],
    pub(super) rate: u32,
}

impl NotificationHandler for Notices {
    fn sample_rate(&mut self, _: &Client, rate: Frames) -> Control {
        if rate != self.rate {
            self.watch.resized.fetch_add(1, SeqCst);
        }
        Control::Continue
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.watch.xruns.fetch_add(1, SeqCst);
        Control::Continue
    }

    fn ports_connected(&mut self, client: &Client, a: PortId, b: PortId, connected: bool) {
        if connected {
            return;
        }
        let mine = [a, b]
            .iter()
            .filter_map(|id| client.port_by_id(*id).and_then(|p| p.name().ok()))
            .any(|name| self.mine.contains(&name));
        if mine {
            self.watch.unplugged.fetch_add(1, SeqCst);
        }
    }
}
