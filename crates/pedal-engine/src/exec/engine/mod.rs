//! The engine: what the back end calls once per period, and the handle by which the control side steers it.

mod midi;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtrb::{Consumer, Producer, RingBuffer};

use super::kernel::Ramp;
use super::limiter::Limiter;
use super::message::{Command, ParamWrite, Report, Retired, Shared};
use super::midi_clock::ClockFollower;
use super::midi_map::{MidiMap, Target};
use super::plan::{ExecPlan, PlanInput, PlanOutput};
use super::transport::Transport;
use crate::events::EventBuffer;
use crate::io::{Block, Process};
use crate::meter::Counter;
use crate::sys::{Pool, flush_to_zero};
use crate::unit::BlockInfo;

/// How the engine is set up.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Worker threads beside the callback; 0 = everything in the callback.
    pub workers: usize,
    /// CPUs for the workers, one after the other; empty = wherever the system puts them.
    pub worker_cpus: Vec<usize>,
    /// SCHED_FIFO priority of the workers, 0 = normal scheduling.
    pub worker_priority: u8,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { sample_rate: 48_000, workers: 0, worker_cpus: Vec::new(), worker_priority: 0 }
    }
}

/// The real-time half. Hand it to a back end.
#[derive(Debug)]
pub struct Engine {
    sample_rate: u32,
    plan: Option<Box<ExecPlan>>,
    commands: Consumer<Command>,
    retired: Producer<Retired>,
    reports: Producer<Report>,
    shared: Arc<Shared>,
    pool: Option<Pool<ExecPlan>>,
    midi: MidiMap,
    monitored: [(bool, bool); 16],
    clock: Option<ClockFollower>,
    transport: Transport,
    master: Ramp,
    limiter: Option<Limiter>,
    scratch: EventBuffer,
    counter: Counter,
    block: u32,
}

/// The control half.
#[derive(Debug)]
pub struct Handle {
    commands: Producer<Command>,
    retired: Consumer<Retired>,
    reports: Consumer<Report>,
    /// Counters and levels.
    pub shared: Arc<Shared>,
}

/// The callback's ring of commands is full: it does not run, or is far behind.
#[derive(Debug, thiserror::Error)]
#[error("the audio callback takes no commands; check that the back end runs")]
pub struct NotTaken(pub Command);

impl Handle {
    /// Sends a command; taken at the start of the next block. Not for the audio thread.
    pub fn send(&mut self, command: Command) -> Result<(), NotTaken> {
        self.collect();
        self.commands.push(command).map_err(|rtrb::PushError::Full(command)| NotTaken(command))
    }

    /// Frees what the callback is done with.
    pub fn collect(&mut self) {
        while self.retired.pop().is_ok() {}
    }

    /// The next report, oldest first.
    pub fn report(&mut self) -> Option<Report> {
        self.reports.pop().ok()
    }
}

impl Engine {
    /// An engine without a board: silence until the first plan comes.
    pub fn new(settings: &EngineSettings) -> std::io::Result<(Self, Handle)> {
        let (commands_in, commands) = RingBuffer::new(1024);
        let (retired, retired_out) = RingBuffer::new(1024);
        let (reports, reports_out) = RingBuffer::new(4096);
        let shared = Arc::new(Shared::default());
        let pool = match settings.workers {
            0 => None,
            workers => {
                let settings = settings.clone();
                Some(Pool::new(workers, move |lane| prepare_worker(&settings, lane))?)
            }
        };
        let engine = Self {
            sample_rate: settings.sample_rate,
            plan: None,
            commands,
            retired,
            reports,
            shared: shared.clone(),
            pool,
            midi: MidiMap::default(),
            monitored: [(false, false); 16],
            clock: None,
            transport: Transport::default(),
            master: Ramp::at(1.0),
            limiter: None,
            scratch: EventBuffer::default(),
            counter: Counter::get(),
            block: 0,
        };
        let handle = Handle { commands: commands_in, retired: retired_out, reports: reports_out, shared };
        Ok((engine, handle))
    }

    fn take_commands(&mut self) {
        // a full ring of things to free leaves the rest for the next block
        while self.retired.slots() > 0 {
            let Ok(command) = self.commands.pop() else { break };
            self.take(command);
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Plan(mut plan) => {
                if let Some(old) = &mut self.plan {
                    old.take_aims();
                }
                plan.adopt();
                self.shared.serial.store(plan.serial(), Ordering::Release);
                if let Some(old) = self.plan.replace(plan) {
                    self.retire(Retired::Plan(old));
                }
            }
            Command::Params(writes) => {
                for write in &writes {
                    self.write(write);
                }
                self.retire(Retired::Params(writes));
            }
            Command::Map(mapping) => {
                self.midi.map(mapping);
            }
            Command::Unmap(node, target) => self.midi.unmap(node, target),
            Command::Learn(mapping) => self.midi.learn(mapping),
            Command::Forget(node) => self.midi.forget(node),
            Command::MapCv(mapping) => {
                self.midi.map_cv(mapping);
            }
            Command::UnmapCv(node, target) => self.midi.unmap_cv(node, target),
            Command::Monitor { channel, programs, controllers } => {
                self.monitored[usize::from(channel & 15)] = (programs, controllers);
            }
            Command::Transport { rolling, beats_per_bar, bpm } => {
                self.transport.set(rolling, beats_per_bar, bpm);
            }
            Command::FollowClock(follow) => {
                self.clock = follow.then(|| ClockFollower::new(self.sample_rate));
            }
            Command::Master { gain, frames } => self.master.head_for(gain, frames),
            Command::Limiter(ceiling) => {
                self.limiter = ceiling.map(|ceiling| Limiter::new(ceiling, self.sample_rate));
            }
        }
    }

    fn retire(&mut self, retired: Retired) {
        if let Err(rtrb::PushError::Full(retired)) = self.retired.push(retired) {
            // take_commands saw to it that there is room; leaking is better than freeing in the callback
            std::mem::forget(retired);
        }
    }

    fn write(&self, write: &ParamWrite) {
        let Some(node) = self.plan.as_ref().and_then(|plan| plan.node(write.node)) else { return };
        match write.target {
            Target::Control(index) => node.set_control(usize::from(index), write.value),
            Target::Bypass => node.set_bypass(write.value > 0.5),
        }
    }

    fn report(&mut self, report: Report) {
        if self.reports.push(report).is_err() {
            self.shared.lost_reports.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn finish(&mut self, outputs: &mut [&mut [f32]], frames: usize) {
        if !self.master.is_still() || self.master.value() != 1.0 {
            let start = self.master;
            for channel in outputs.iter_mut() {
                let mut gain = start;
                for sample in channel[..frames].iter_mut() {
                    *sample *= gain.step();
                }
            }
            self.master.advance(frames as u32);
        }
        if let Some(limiter) = &mut self.limiter
            && limiter.run(outputs, frames)
        {
            self.shared.limited.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Process for Engine {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        // In every block: the back end may have been stopped and started on another thread, and a plugin may have left
        // the processor as it likes it.
        flush_to_zero();
        let before = self.counter.now();
        self.shared.running.store(true, Ordering::Relaxed);
        self.shared.freewheel.store(block.freewheel, Ordering::Relaxed);
        self.take_commands();
        if let Some(midi) = block.midi_in.first() {
            self.take_midi(midi, block.frames);
        }
        self.block = (self.block + 1) & 0x7fff_ffff;
        self.block = self.block.max(1);
        let info = BlockInfo { transport: self.transport, freewheel: block.freewheel };
        match &mut self.plan {
            Some(plan) if block.frames <= plan.max_frames() => {
                let input = PlanInput { frames: block.frames, captures: block.inputs, midi: block.midi_in };
                let mut output =
                    PlanOutput { playbacks: block.outputs, midi: block.midi_out, scratch: &mut self.scratch };
                plan.run(self.block, info, &input, &mut output, self.pool.as_ref());
            }
            _ => block.outputs.iter_mut().for_each(|channel| channel[..block.frames].fill(0.0)),
        }
        self.drive_by_cv();
        self.finish(block.outputs, block.frames);
        self.shared.note_peaks(block.inputs, block.outputs);
        self.transport.advance(block.frames, self.sample_rate);
        self.shared.frames.fetch_add(block.frames as u64, Ordering::Relaxed);
        self.shared.blocks.fetch_add(1, Ordering::Release);
        self.shared.timing.record(self.counter.now().wrapping_sub(before));
    }

    fn xrun(&mut self, count: u32) {
        self.shared.xruns.fetch_add(u64::from(count), Ordering::Relaxed);
        let slowest = self.plan.as_ref().map_or(-1, |plan| plan.slowest().1);
        self.shared.xrun_instance.store(slowest as u32, Ordering::Relaxed);
    }

    fn set_max_frames(&mut self, frames: usize) {
        if let Some(plan) = self.plan.as_mut().filter(|plan| plan.max_frames() < frames) {
            plan.resize(frames);
        }
    }
}

/// On the worker's own thread, before its first block.
fn prepare_worker(settings: &EngineSettings, lane: usize) {
    let cpu = settings.worker_cpus.get((lane - 1) % settings.worker_cpus.len().max(1)).copied();
    for (what, error) in crate::sys::prepare_thread(settings.worker_priority, cpu) {
        tracing::warn!(lane, %error, "a worker thread runs without {what}; raise the rtprio limit, or look at --cpus");
    }
}

#[cfg(test)]
mod tests;
