//! JACK's threads: the real-time callback and the notifications.

use super::external::External;
use crate::backend::ProcessSlot;
use crate::io::{Block, MAX_CHANNELS, MAX_MIDI_PORTS, MidiBuffer};
use crate::sys::jack::Listener;
use jack::{AudioIn, AudioOut, Client, Control, Frames, MidiIn, MidiOut, Port, ProcessScope, RawMidi};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
use std::time::Duration;

const ALIVE: u8 = 0;
const SHUT_DOWN: u8 = 1;
const PANICKED: u8 = 2;
const RATE_CHANGED: u8 = 3;

/// What JACK's threads and the control thread share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) slot: ProcessSlot,
    pub(super) periods: AtomicU64,
    pub(super) xruns: AtomicU64,
    pub(super) max_frames: AtomicUsize,
    sample_rate: AtomicU32,
    unreported_xruns: AtomicU32,
    freewheel: AtomicBool,
    lost: AtomicU8,
}

impl Shared {
    /// Forgets the last server.
    pub(super) fn begin(&self, sample_rate: u32, frames: u32) {
        self.sample_rate.store(sample_rate, Relaxed);
        self.max_frames.store(frames as usize, Relaxed);
        self.periods.store(0, Relaxed);
        self.xruns.store(0, Relaxed);
        self.unreported_xruns.store(0, Relaxed);
        self.freewheel.store(false, Relaxed);
        self.lost.store(ALIVE, Relaxed);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Relaxed) != ALIVE
    }

    pub(super) fn has_panicked(&self) -> bool {
        self.lost.load(Relaxed) == PANICKED
    }

    pub(super) fn why_lost(&self) -> Option<&'static str> {
        match self.lost.load(Relaxed) {
            ALIVE => None,
            PANICKED => Some("the engine's callback panicked"),
            RATE_CHANGED => Some("the sample rate changed"),
            _ => Some("the server shut down or dropped the client"),
        }
    }
}

/// A port on its way to the real-time thread.
pub(super) enum NewPort {
    AudioIn(Port<AudioIn>),
    AudioOut(Port<AudioOut>),
    MidiIn(Port<MidiIn>),
    MidiOut(Port<MidiOut>),
}

/// The real-time side. Its lists never grow beyond what was set aside.
pub(super) struct Callback {
    shared: Arc<Shared>,
    pub(super) inputs: Vec<Port<AudioIn>>,
    pub(super) outputs: Vec<Port<AudioOut>>,
    pub(super) midi_in: Vec<Port<MidiIn>>,
    pub(super) midi_out: Vec<Port<MidiOut>>,
    midi_in_buffers: Vec<MidiBuffer>,
    midi_out_buffers: Vec<MidiBuffer>,
    arrivals: rtrb::Consumer<NewPort>,
}

/// A callback without ports, and the other end of its queue of new ports.
pub(super) fn pair(shared: Arc<Shared>, captures: usize, playbacks: usize) -> (Callback, External) {
    let (departures, arrivals) = rtrb::RingBuffer::new(2 * (MAX_CHANNELS + MAX_MIDI_PORTS));
    // `vec![buffer; n]` would clone away the room that was set aside.
    let buffers = || (0..MAX_MIDI_PORTS).map(|_| MidiBuffer::default()).collect();
    let callback = Callback {
        shared,
        inputs: Vec::with_capacity(MAX_CHANNELS),
        outputs: Vec::with_capacity(MAX_CHANNELS),
        midi_in: Vec::with_capacity(MAX_MIDI_PORTS),
        midi_out: Vec::with_capacity(MAX_MIDI_PORTS),
        midi_in_buffers: buffers(),
        midi_out_buffers: buffers(),
        arrivals,
    };
    (callback, External::new(departures, captures, playbacks))
}

impl Callback {
    fn take_arrivals(&mut self) {
        while let Ok(port) = self.arrivals.pop() {
            // The control side counts: there is always room.
            match port {
                NewPort::AudioIn(port) => self.inputs.push(port),
                NewPort::AudioOut(port) => self.outputs.push(port),
                NewPort::MidiIn(port) => self.midi_in.push(port),
                NewPort::MidiOut(port) => self.midi_out.push(port),
            }
        }
    }

    fn cycle(&mut self, scope: &ProcessScope) {
        self.take_arrivals();
        let shared = &*self.shared;
        let frames = scope.n_frames() as usize;
        for (port, buffer) in self.midi_in.iter().zip(&mut self.midi_in_buffers) {
            buffer.clear();
            for event in port.iter(scope) {
                buffer.push(event.time.min(scope.n_frames().saturating_sub(1)), event.bytes);
            }
        }
        self.midi_out_buffers.iter_mut().for_each(MidiBuffer::clear);

        let mut inputs = [&[][..]; MAX_CHANNELS];
        for (slice, port) in inputs.iter_mut().zip(&self.inputs) {
            *slice = port.as_slice(scope);
        }
        let mut outputs: [&mut [f32]; MAX_CHANNELS] = std::array::from_fn(|_| &mut [][..]);
        let playbacks = self.outputs.len();
        for (slice, port) in outputs.iter_mut().zip(&mut self.outputs) {
            *slice = port.as_mut_slice(scope);
        }

        let mut block = Block {
            frames,
            inputs: &inputs[..self.inputs.len()],
            outputs: &mut outputs[..playbacks],
            midi_in: &self.midi_in_buffers[..self.midi_in.len()],
            midi_out: &mut self.midi_out_buffers[..self.midi_out.len()],
            freewheel: shared.freewheel.load(Relaxed),
        };
        // A period longer than announced would overrun the engine's buffers; it can only be a server's fault.
        let fits = frames <= shared.max_frames.load(Relaxed);
        let done = fits
            && shared
                .slot
                .with(|process| {
                    match shared.unreported_xruns.swap(0, Relaxed) {
                        0 => {}
                        count => process.xrun(count),
                    }
                    process.process(&mut block);
                })
                .is_some();
        if !done {
            block.outputs.iter_mut().for_each(|channel| channel.fill(0.0));
        }
        for (port, buffer) in self.midi_out.iter_mut().zip(&self.midi_out_buffers) {
            let mut writer = port.writer(scope);
            for event in buffer.iter() {
                // A full port drops the rest, as JACK does.
                let _ = writer.write(&RawMidi { time: event.frame, bytes: event.bytes });
            }
        }
        shared.periods.fetch_add(1, Relaxed);
    }
}

impl jack::ProcessHandler for Callback {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        assert_no_alloc::assert_no_alloc(|| {
            // A panic must not unwind into JACK. It dropped the process on its way: from here on there is silence.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.cycle(scope))) {
                std::mem::forget(payload);
                self.shared.lost.store(PANICKED, Relaxed);
                self.outputs.iter_mut().for_each(|port| port.as_mut_slice(scope).fill(0.0));
            }
        });
        Control::Continue
    }

    fn buffer_size(&mut self, _: &Client, size: Frames) -> Control {
        let frames = size as usize;
        if self.shared.max_frames.load(Relaxed) != frames {
            self.shared.slot.with_patience(Duration::from_secs(1), |process| process.set_max_frames(frames));
            self.shared.max_frames.store(frames, Relaxed);
        }
        Control::Continue
    }
}

impl Listener for Shared {
    fn shutdown(&self) {
        let _ = self.lost.compare_exchange(ALIVE, SHUT_DOWN, Relaxed, Relaxed);
    }

    fn freewheel(&self, enabled: bool) {
        self.freewheel.store(enabled, Relaxed);
    }

    fn sample_rate(&self, rate: u32) {
        if self.sample_rate.load(Relaxed) != rate {
            self.lost.store(RATE_CHANGED, Relaxed);
        }
    }

    fn xrun(&self) {
        self.xruns.fetch_add(1, Relaxed);
        self.unreported_xruns.fetch_add(1, Relaxed);
    }
}
