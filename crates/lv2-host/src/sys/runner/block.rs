//! One block: memory is lent to the ports, the plugin runs, and what it answered is taken. Real-time safe.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::null_mut;

use super::Runner;
use crate::port::PortKind;

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The plugin ran.
    Ran,
    /// Another thread is restoring, activating or setting up the plugin; it was not run and nothing was written.
    Busy,
    /// The plugin is not activated; it was not run.
    Inactive,
    /// The block is longer than the plugin was promised, or not of the one length that it needs; it was not run.
    BadLength,
}

/// One block that is being set up: lend the signal ports, then [`Block::run`]. The buffers `'b` may be shared between
/// inputs and outputs unless the plugin is `in_place_broken`.
#[derive(Debug)]
pub struct Block<'r, 'b> {
    runner: &'r mut Runner,
    frames: u32,
    buffers: PhantomData<&'b [Cell<f32>]>,
}

impl Runner {
    /// Starts a block of `frames`.
    pub fn block<'r, 'b>(&'r mut self, frames: u32) -> Block<'r, 'b> {
        Block { runner: self, frames, buffers: PhantomData }
    }
}

impl<'b> Block<'_, 'b> {
    /// Lends `buffer` to signal port `port` for this block. Returns `false`, and lends nothing, when the port is not
    /// an audio or CV port or the buffer is shorter than the block.
    pub fn lend(&mut self, port: u32, buffer: &'b [Cell<f32>]) -> bool {
        let Some(slot) = self.runner.ports.get_mut(port as usize) else { return false };
        if !slot.kind.is_signal() || buffer.len() < self.frames as usize || buffer.is_empty() {
            return false;
        }
        slot.lent = buffer[0].as_ptr();
        true
    }

    /// Runs the plugin, then gives it the answers of its worker.
    pub fn run(self) -> Outcome {
        let runner = &mut *self.runner;
        let frames = self.frames;
        if !runner.instance.enter() {
            runner.after(Outcome::Busy);
            return Outcome::Busy;
        }
        let outcome = if frames > runner.max_frames || runner.fixed.is_some_and(|fixed| fixed != frames) {
            Outcome::BadLength
        } else if !runner.instance.is_active() {
            Outcome::Inactive
        } else {
            runner.connect_lent();
            // SAFETY: the gate is ours, the plugin is active, all ports are connected to memory for `frames`:
            // lent buffers live for `'b`, which outlives this call, and our own are as long as the longest block.
            unsafe { runner.instance.run(frames) };
            Outcome::Ran
        };
        runner.instance.leave();
        runner.after(outcome);
        outcome
    }
}

impl Runner {
    /// Tells the plugin where its ports are in this block. Only inside the gate.
    fn connect_lent(&mut self) {
        for &index in &self.flowing {
            let slot = &mut self.ports[index];
            let own = match slot.kind {
                PortKind::AudioIn | PortKind::CvIn => &self.silence,
                PortKind::AudioOut | PortKind::CvOut => &self.waste,
                PortKind::AtomIn | PortKind::AtomOut => {
                    if let Some(events) = &mut slot.events {
                        if slot.kind == PortKind::AtomOut {
                            events.offer();
                        }
                        // SAFETY: the sequence lives as long as the runner and is not touched during `run`.
                        unsafe { self.instance.connect(index as u32, events.as_mut_ptr()) };
                    }
                    continue;
                }
                _ => continue,
            };
            let at = if slot.lent.is_null() { own[0].as_ptr() } else { slot.lent };
            if at != slot.connected {
                slot.connected = at;
                // SAFETY: valid for this block, see `Block::run`.
                unsafe { self.instance.connect(index as u32, at.cast()) };
            }
        }
    }

    fn after(&mut self, outcome: Outcome) {
        if !self.has_events {
            return;
        }
        for &port in &self.flowing {
            let slot = &mut self.ports[port];
            let Some(events) = &mut slot.events else { continue };
            match (slot.kind, outcome) {
                (PortKind::AtomOut, Outcome::Ran) => events.accept(),
                _ => events.clear(),
            }
        }
    }
}

impl Drop for Block<'_, '_> {
    fn drop(&mut self) {
        for &port in &self.runner.flowing {
            self.runner.ports[port].lent = null_mut();
        }
    }
}
