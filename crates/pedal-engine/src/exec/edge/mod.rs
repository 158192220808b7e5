//! A cable while it sounds: its gain, its delay, and whether what comes through it has died away.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::kernel::{self, Ramp, Samples};
use crate::events::EventBuffer;
use crate::sys::{Exclusive, Shared};

/// When the tail of a removed plugin counts as over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailRule {
    /// Below this magnitude (linear) it is quiet.
    pub threshold: f32,
    /// Frames that it must stay quiet.
    pub quiet: u32,
    /// Frames after which it ends in any case.
    pub limit: u32,
    /// Frames of the last fade.
    pub fade: u32,
}

/// What a new plan wants of a cable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// Gain 1 after so many frames.
    Open(u32),
    /// Gain 0 after so many frames.
    Close(u32),
    /// Stay at the present gain until the sound through it has died away, then gain 0.
    Ring(TailRule),
    /// Stay at the present gain.
    Freeze,
    /// Go on as before: the plan changes nothing about this cable.
    Keep,
}

/// What the control side can see of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum EdgeState {
    /// Gain 0, standing.
    Closed = 0,
    /// Gain 1, standing.
    Open = 1,
    /// Gain on its way, or watched for silence.
    Moving = 2,
}

/// A cable that plans share. The control side makes it and drops it; the callback works with it.
#[derive(Debug)]
pub struct EdgeCell {
    state: AtomicU32,
    running: Exclusive<Running>,
    late_events: Option<[Shared<EventBuffer>; 2]>,
}

#[derive(Debug)]
struct Running {
    gain: Ramp,
    tail: Option<Tail>,
    delay: Option<DelayLine>,
    late: Option<DelayLine>,
    /// Block in which the signal was kept last: whether the loop's end runs before or after its start.
    kept: u32,
}

#[derive(Debug)]
struct Tail {
    rule: TailRule,
    quiet: u32,
    age: u32,
}

/// What a cable is made for; all in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EdgeShape {
    /// Delay that compensates for latency.
    pub delay: u32,
    /// Delay of a loop's cable (one period), 0 for others.
    pub late: u32,
    /// Carries events.
    pub atom: bool,
    /// Longest block.
    pub max_frames: usize,
}

impl EdgeCell {
    /// A cable with gain 1 or 0.
    pub fn new(shape: EdgeShape, open: bool) -> Self {
        let line = |delay: u32| (delay > 0 && !shape.atom).then(|| DelayLine::new(delay, shape.max_frames));
        let gain = Ramp::at(if open { 1.0 } else { 0.0 });
        Self {
            state: AtomicU32::new(u32::from(open)),
            running: Exclusive::new(Running {
                gain,
                tail: None,
                delay: line(shape.delay),
                late: line(shape.late),
                kept: 0,
            }),
            late_events: (shape.atom && shape.late > 0)
                .then(|| [(); 2].map(|()| Shared::new(EventBuffer::default()))),
        }
    }

    /// Makes room for blocks of `max_frames`; what a delay holds is lost. Not for the audio thread.
    pub(crate) fn resize(&self, max_frames: usize) {
        let mut running = self.running.hold();
        let Running { delay, late, .. } = &mut *running;
        for line in [delay, late].into_iter().flatten() {
            *line = DelayLine::new(line.delay as u32, max_frames);
        }
    }

    /// Present state; any thread.
    pub fn state(&self) -> EdgeState {
        match self.state.load(Ordering::Acquire) {
            0 => EdgeState::Closed,
            1 => EdgeState::Open,
            _ => EdgeState::Moving,
        }
    }

    /// Takes up a new aim. Audio thread, at the start of a block.
    pub fn aim(&self, aim: Aim) {
        let Some(mut running) = self.running.try_hold() else { return };
        let frozen = Ramp::at(running.gain.value());
        match aim {
            Aim::Open(frames) => {
                running.tail = None;
                running.gain.head_for(1.0, frames);
            }
            Aim::Close(frames) => {
                running.tail = None;
                running.gain.head_for(0.0, frames);
            }
            Aim::Ring(rule) => {
                running.gain = frozen;
                running.tail.get_or_insert(Tail { rule, quiet: 0, age: 0 });
            }
            Aim::Freeze => {
                running.tail = None;
                running.gain = frozen;
            }
            Aim::Keep => return,
        }
        self.publish(&running);
    }

    fn publish(&self, running: &Running) {
        let state = if !running.gain.is_still() || running.tail.is_some() {
            EdgeState::Moving
        } else if running.gain.value() == 0.0 {
            EdgeState::Closed
        } else {
            EdgeState::Open
        };
        self.state.store(state as u32, Ordering::Release);
    }

    /// Adds what `src` carries to `dst`, or overwrites `dst` when `first`. `None` is silence or, for a cable
    /// that closes a loop, the block before. `block` is the number of the block. Audio thread.
    pub fn mix(&self, src: Option<&Samples>, dst: &Samples, first: bool, block: u32) {
        let Some(mut running) = self.running.try_hold() else {
            if first {
                kernel::clear(dst);
            }
            return;
        };
        let running = &mut *running;
        let moving = !running.gain.is_still() || running.tail.is_some();
        match (&mut running.delay, &mut running.late, src) {
            (None, Some(line), _) => {
                // What was written last, or what will be written next.
                let start = if running.kept == block { line.start } else { line.end };
                mix_samples(&mut running.gain, line.late(start), dst, first);
            }
            (None, None, Some(src)) => {
                if running.gain.is_still() && running.gain.value() == 1.0 {
                    if first { kernel::copy(dst, src) } else { kernel::add(dst, src) }
                } else {
                    mix_samples(&mut running.gain, |i| src[i].get(), dst, first);
                }
            }
            (Some(line), _, src) => {
                line.write(src, dst.len());
                mix_samples(&mut running.gain, line.late(line.start), dst, first);
            }
            (None, None, None) => {
                running.gain.advance(dst.len() as u32);
                if first {
                    kernel::clear(dst);
                }
            }
        }
        if let Some(tail) = &mut running.tail {
            let level = src.map_or(0.0, |src| kernel::peak(src).0);
            if tail.is_over(level, dst.len() as u32) {
                let fade = tail.rule.fade;
                running.tail = None;
                running.gain.head_for(0.0, fade);
            }
        }
        if moving {
            self.publish(running);
        }
    }

    /// Keeps a signal for the next block. Audio thread; only for cables that close a loop.
    pub fn keep(&self, src: &Samples, block: u32) {
        if let Some(mut running) = self.running.try_hold() {
            running.kept = block;
            if let Some(line) = &mut running.late {
                line.write(Some(src), src.len());
            }
        }
    }

    /// Whether events pass: they are not faded, only let through or not.
    pub fn passes_events(&self) -> bool {
        self.running.try_hold().is_some_and(|running| running.gain.aim() == 1.0)
    }

    /// Where a loop's events of block `block` are kept. Read those of the block before.
    pub fn late_events(&self, block: u32) -> Option<&Shared<EventBuffer>> {
        self.late_events.as_ref().map(|buffers| &buffers[(block & 1) as usize])
    }

    /// Lets an event cable's gain arrive at once, since events are not faded. Audio thread.
    pub fn settle(&self) {
        if let Some(mut running) = self.running.try_hold() {
            let aim = if running.tail.take().is_some() { 0.0 } else { running.gain.aim() };
            running.gain = Ramp::at(aim);
            self.publish(&running);
        }
    }
}

impl Tail {
    fn is_over(&mut self, level: f32, frames: u32) -> bool {
        self.age = self.age.saturating_add(frames);
        self.quiet = if level < self.rule.threshold { self.quiet.saturating_add(frames) } else { 0 };
        self.quiet >= self.rule.quiet || self.age >= self.rule.limit
    }
}

fn mix_samples(gain: &mut Ramp, sample: impl Fn(usize) -> f32, dst: &Samples, first: bool) {
    for (i, out) in dst.iter().enumerate() {
        let value = sample(i) * gain.step();
        out.set(if first { value } else { out.get() + value });
    }
}

/// A ring of samples.
#[derive(Debug)]
struct DelayLine {
    ring: Vec<Cell<f32>>,
    delay: usize,
    /// Where the block written last starts.
    start: usize,
    /// Where the next block starts.
    end: usize,
}

impl DelayLine {
    fn new(delay: u32, max_frames: usize) -> Self {
        let delay = delay as usize;
        Self { ring: vec![Cell::new(0.0); delay + max_frames.max(1)], delay, start: 0, end: 0 }
    }

    fn write(&mut self, src: Option<&Samples>, frames: usize) {
        let size = self.ring.len();
        self.start = self.end;
        let (before, behind) = (frames.min(size - self.start), frames.saturating_sub(size - self.start));
        let parts = [&self.ring[self.start..][..before], &self.ring[..behind]];
        match src {
            Some(src) => {
                kernel::copy(parts[0], &src[..before]);
                kernel::copy(parts[1], &src[before..frames]);
            }
            None => parts.into_iter().for_each(kernel::clear),
        }
        self.end = (self.start + frames) % size;
    }

    /// The frames of the block that starts at `start`, `delay` frames late.
    fn late(&self, start: usize) -> impl Fn(usize) -> f32 {
        let size = self.ring.len();
        let first = (start + size - self.delay) % size;
        // A division a sample would cost more than all else. A block is never longer than the ring.
        move |i| self.ring[if first + i < size { first + i } else { first + i - size }].get()
    }
}

#[cfg(test)]
mod tests;
