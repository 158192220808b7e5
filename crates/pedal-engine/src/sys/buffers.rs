//! The plan's audio buffers, and who may touch them now.
//!
//! A thread reaches the buffers only through a [`Claim`] on a segment of the plan. A segment can be claimed once
//! per block, and only when all segments that it waits for are done. The compiler gives segments that do not wait
//! for each other disjoint buffers, which [`Buffers::new`] checks.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::plan::PlanSpec;

/// Frames by which each buffer is padded to, so that buffers start on a cache line of their own.
const ALIGN_FRAMES: usize = 16;

/// All audio buffers of a plan, and the state of its segments in the present block.
pub struct Buffers {
    data: Box<[UnsafeCell<f32>]>,
    stride: usize,
    shift: usize,
    states: Box<[AtomicU32]>,
    waits: Box<[Box<[u32]>]>,
}

// SAFETY: the samples are reached only through a `Claim`; `try_claim` and `all_done` order claims so that two
// threads never hold conflicting ones (see the module's text).
unsafe impl Sync for Buffers {}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers").field("stride", &self.stride).finish_non_exhaustive()
    }
}

impl Buffers {
    /// Buffers for `spec` and `extra` more, zeroed, each of `max_frames` frames.
    ///
    /// # Panics
    /// When two segments of `spec` that may run at the same time touch one buffer: a bug in the compiler.
    pub fn new(spec: &PlanSpec, extra: usize, max_frames: usize) -> Self {
        if let Some(buffer) = spec.conflict() {
            panic!("the plan lets two threads touch buffer {buffer}; this is a bug in graph::compile");
        }
        let stride = max_frames.max(1).next_multiple_of(ALIGN_FRAMES);
        let count = spec.audio_buffers as usize + extra;
        let data: Box<[UnsafeCell<f32>]> =
            (0..count * stride + ALIGN_FRAMES).map(|_| UnsafeCell::new(0.0)).collect();
        let misalignment = (data.as_ptr() as usize / 4) % ALIGN_FRAMES;
        let shift = (ALIGN_FRAMES - misalignment) % ALIGN_FRAMES;
        let waits = spec.segments.iter().map(|s| s.after.iter().map(|&a| a as u32).collect()).collect();
        let states = spec.segments.iter().map(|_| AtomicU32::new(0)).collect();
        Self { data, stride, shift, states, waits }
    }

    /// Takes `segment` for the block with number `block` (from 1, counting up), if nobody has taken it in this
    /// block and all that it waits for is done. Real-time safe.
    pub fn try_claim(&self, segment: usize, block: u32) -> Option<Claim<'_>> {
        let ready = self.waits[segment]
            .iter()
            .all(|&earlier| self.states[earlier as usize].load(Ordering::Acquire) == done(block));
        if !ready {
            return None;
        }
        let state = self.states[segment].load(Ordering::Relaxed);
        if state == taken(block) || state == done(block) {
            return None;
        }
        self.states[segment]
            .compare_exchange(state, taken(block), Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| Claim { buffers: self, finish: Some((segment, done(block))) })
    }

    /// Whether `segment` has been claimed in this block. Real-time safe.
    pub fn is_taken(&self, segment: usize, block: u32) -> bool {
        let state = self.states[segment].load(Ordering::Relaxed);
        state == taken(block) || state == done(block)
    }

    /// Access to all buffers once every segment is done; `None` before. Real-time safe.
    pub fn all_done(&self, block: u32) -> Option<Claim<'_>> {
        self.states
            .iter()
            .all(|state| state.load(Ordering::Acquire) == done(block))
            .then(|| Claim { buffers: self, finish: None })
    }

    /// Exclusive access, before a block begins: no claim can exist beside `&mut self`.
    pub fn exclusive(&mut self) -> Claim<'_> {
        Claim { buffers: self, finish: None }
    }
}

fn taken(block: u32) -> u32 {
    block << 1
}

fn done(block: u32) -> u32 {
    (block << 1) | 1
}

/// The right to use the buffers of one segment. Dropping it marks the segment as done.
#[derive(Debug)]
pub struct Claim<'a> {
    buffers: &'a Buffers,
    finish: Option<(usize, u32)>,
}

impl Claim<'_> {
    /// Frames `from..from + frames` of a buffer. Two ports may be given the same buffer, hence cells.
    pub fn frames(&self, buffer: u32, from: usize, frames: usize) -> &[Cell<f32>] {
        let Buffers { data, stride, shift, .. } = self.buffers;
        assert!(from + frames <= *stride);
        let start = shift + buffer as usize * stride + from;
        let slice = &data[start..start + frames];
        // SAFETY: `UnsafeCell<f32>` and `Cell<f32>` have the same layout. No other thread touches this buffer
        // while this claim lives: the claim is exclusive for its segment, and the plan's segments that may run
        // at the same time use other buffers (checked in `Buffers::new`).
        unsafe { &*(std::ptr::from_ref(slice) as *const [Cell<f32>]) }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let Some((segment, done)) = self.finish {
            self.buffers.states[segment].store(done, Ordering::Release);
        }
    }
}
