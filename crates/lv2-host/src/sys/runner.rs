//! The real-time half of a plugin.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::Arc;

use super::instance::Instance;
use crate::atom::Sequence;
use crate::info::PluginInfo;
use crate::port::PortKind;

/// The real-time half: ports and `run`. It may move between threads; one at a time uses it.
///
/// [`Runner::block`], [`Block`] and the setters are real-time safe (what the plugin does in its `run` is its
/// own affair). **Never drop it on the real-time thread**: the last half to go deactivates and frees the plugin.
///
/// The runner owns the memory of all control and event ports. Audio and control-voltage ports are lent for each
/// block; those that are not lent read silence and write to a buffer that nobody reads.
#[derive(Debug)]
pub struct Runner {
    instance: Arc<Instance>,
    info: Arc<PluginInfo>,
    ports: Box<[Slot]>,
    /// Positions of the ports whose memory changes from block to block, or has to be made ready: all but the controls.
    flowing: Box<[usize]>,
    /// One value for each port, used by the control ports. Never moved: the plugin has the addresses.
    controls: Box<[Cell<f32>]>,
    silence: Box<[Cell<f32>]>,
    waste: Box<[Cell<f32>]>,
    max_frames: u32,
    fixed: Option<u32>,
    latency: Option<u32>,
    latency_limit: f32,
    has_events: bool,
}

/// What a port is connected to.
struct Slot {
    kind: PortKind,
    /// Where the plugin was last told that the port is.
    connected: *mut f32,
    /// Memory lent for the block that is being set up, or null.
    lent: *mut f32,
    events: Option<Sequence>,
}

// SAFETY: the pointers are only handed to the plugin while they are valid (what is lent inside `Block::run`, our own
// memory for as long as the runner lives); everything else is owned. `Cell`s are not shared.
unsafe impl Send for Runner {}

impl Slot {
    fn flows(&self) -> bool {
        self.kind.is_signal() || self.events.is_some()
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("active", &self.is_active()).finish_non_exhaustive()
    }
}

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

fn cells(frames: u32) -> Box<[Cell<f32>]> {
    vec![Cell::new(0.0); frames.max(1) as usize].into_boxed_slice()
}

impl Runner {
    pub(crate) fn new(instance: Arc<Instance>, info: Arc<PluginInfo>) -> Self {
        let settings = &instance.host.settings;
        let known = settings.urids.known();
        let rate = settings.sample_rate;
        let capacity = |minimum: u32| minimum.max(settings.sequence_size) as usize;
        let ports: Box<[Slot]> = info
            .ports
            .iter()
            .map(|port| {
                let is_atom = matches!(port.kind, PortKind::AtomIn | PortKind::AtomOut);
                let events = is_atom.then(|| Sequence::new(capacity(port.minimum_size), known));
                Slot { kind: port.kind, connected: null_mut(), lent: null_mut(), events }
            })
            .collect();
        let controls = info
            .ports
            .iter()
            .map(|port| Cell::new(if port.kind == PortKind::ControlIn { port.ranges(rate).1 } else { 0.0 }))
            .collect::<Box<[_]>>();
        let block = settings.block;
        let fixed = info.flags.fixed_block_length || info.flags.power_of_two_block_length;
        let flowing = (0..ports.len()).filter(|&port| ports[port].flows()).collect();
        let mut runner = Self {
            flowing,
            has_events: ports.iter().any(|slot| slot.events.is_some()),
            ports,
            controls,
            silence: cells(block.max),
            waste: cells(block.max),
            max_frames: block.max,
            fixed: (fixed && block.fixed).then_some(block.nominal),
            latency: info.latency_port,
            latency_limit: (rate * 60.0) as f32,
            info,
            instance,
        };
        runner.connect_own();
        runner
    }

    /// Connects every port to memory of ours.
    fn connect_own(&mut self) {
        for (index, slot) in self.ports.iter_mut().enumerate() {
            let data = match slot.kind {
                PortKind::ControlIn | PortKind::ControlOut => self.controls[index].as_ptr().cast(),
                PortKind::AudioIn | PortKind::CvIn => self.silence[0].as_ptr().cast(),
                PortKind::AudioOut | PortKind::CvOut => self.waste[0].as_ptr().cast(),
                PortKind::AtomIn | PortKind::AtomOut => {
                    slot.events.as_mut().map_or(null_mut(), Sequence::as_mut_ptr)
                }
                PortKind::Unsupported => null_mut(),
            };
            slot.connected = data.cast();
            slot.lent = null_mut();
            // SAFETY: the memory fits the port's kind and lives as long as the runner; `&mut self` keeps `run` out.
            // Ports of unknown kind are optional (others were refused), and null leaves them unconnected.
            unsafe { self.instance.connect(index as u32, data) };
        }
    }

    /// The plugin's description.
    pub fn info(&self) -> &Arc<PluginInfo> {
        &self.info
    }

    /// Sets control input `port`. Ignores ports of another kind and NaN. The value is taken as it is: bounds are the
    /// caller's affair.
    pub fn set_control(&mut self, port: u32, value: f32) {
        if self.kind(port) == Some(PortKind::ControlIn) && !value.is_nan() {
            self.controls[port as usize].set(value);
        }
    }

    /// Present value of control port `port`, input or output; 0 for another kind.
    pub fn control(&self, port: u32) -> f32 {
        match self.kind(port) {
            Some(PortKind::ControlIn | PortKind::ControlOut) => self.controls[port as usize].get(),
            _ => 0.0,
        }
    }

    /// The events that event input `port` gets with the next block; they are forgotten after it.
    pub fn events_in(&mut self, port: u32) -> Option<&mut Sequence> {
        let slot = self.ports.get_mut(port as usize).filter(|slot| slot.kind == PortKind::AtomIn)?;
        slot.events.as_mut()
    }

    /// The events that event output `port` gave in the last block.
    pub fn events_out(&self, port: u32) -> Option<&Sequence> {
        let slot = self.ports.get(port as usize).filter(|slot| slot.kind == PortKind::AtomOut)?;
        slot.events.as_ref()
    }

    /// Delay from input to output in frames, as reported after the last block; at most a minute.
    pub fn latency(&self) -> u32 {
        let Some(port) = self.latency else { return 0 };
        let frames = self.controls[port as usize].get();
        if frames > 0.0 { frames.min(self.latency_limit) as u32 } else { 0 }
    }

    /// While on, work is done inside the block that asks for it and answered in the same block, on this thread.
    pub fn set_freewheel(&mut self, on: bool) {
        if let Some(worker) = &self.instance.host.worker {
            worker.set_freewheel(on);
        }
    }

    /// Longest block in frames.
    pub fn max_frames(&self) -> u32 {
        self.max_frames
    }

    /// Changes the longest block, and the one length for plugins that need one. Allocates; call it with
    /// [`crate::Control::set_block_length`].
    pub fn set_block_length(&mut self, block: crate::BlockLength) {
        self.max_frames = block.max;
        self.fixed = self.fixed.map(|_| block.nominal);
        self.silence = cells(block.max);
        self.waste = cells(block.max);
        let instance = Arc::clone(&self.instance);
        instance.exclusively(|| self.connect_own());
    }

    /// Starts a block of `frames`.
    pub fn block<'r, 'b>(&'r mut self, frames: u32) -> Block<'r, 'b> {
        Block { runner: self, frames, buffers: PhantomData }
    }

    fn kind(&self, port: u32) -> Option<PortKind> {
        self.ports.get(port as usize).map(|slot| slot.kind)
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
