//! The real-time half of a plugin: its ports and their memory (here), and a block (`block`).

mod block;

use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::Arc;

use super::instance::Instance;
use crate::atom::Sequence;
use crate::info::PluginInfo;
use crate::port::PortKind;
pub use block::{Block, Outcome};

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

    fn kind(&self, port: u32) -> Option<PortKind> {
        self.ports.get(port as usize).map(|slot| slot.kind)
    }
}
