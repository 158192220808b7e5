//! The border between the engine and a back end: what crosses it once per period, and on which thread.
//!
//! A back end owns the clock. It calls [`Process::process`] once per period on its real-time thread and
//! hands over one [`Block`]. Everything else goes through other threads.

use crate::events::{EventBuffer, EventKind};

/// Most capture or playback channels that one engine carries, the on-demand ports to other JACK clients included.
pub const MAX_CHANNELS: usize = 64;

/// Most MIDI inputs or outputs: the engine's own one and those on demand to other JACK clients.
pub const MAX_MIDI_PORTS: usize = 8;

/// What a back end offers, fixed from its start to its stop (a change of period is announced by
/// [`Process::set_max_frames`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamFormat {
    /// Sample rate in Hz, 8000–384000.
    pub sample_rate: u32,
    /// Longest block in frames, 1–8192; [`Block::frames`] never exceeds it.
    pub max_frames: usize,
    /// Number of capture channels (`system:capture_1…`).
    pub captures: usize,
    /// Number of playback channels (`system:playback_1…`, which mod-host calls `mod-monitor:in_1…`).
    pub playbacks: usize,
}

/// One MIDI message inside a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MidiEvent<'a> {
    /// Position in frames from the start of the block, below [`Block::frames`].
    pub frame: u32,
    /// The whole message, status byte first; System Exclusive with its `F0` and `F7`.
    pub bytes: &'a [u8],
}

/// A list of MIDI messages in order of time, with storage that is set aside once: pushing never allocates.
#[derive(Debug, Clone, Default)]
pub struct MidiBuffer(EventBuffer);

impl MidiBuffer {
    /// Room for `events` messages and `bytes` bytes in all.
    pub fn with_capacity(events: usize, bytes: usize) -> Self {
        Self(EventBuffer::with_capacity(events, bytes))
    }

    /// Appends a message. Real-time safe. Returns `false`, and drops the message, when there is no room or
    /// when `frame` lies before the last message.
    pub fn push(&mut self, frame: u32, bytes: &[u8]) -> bool {
        self.0.push(frame, EventKind::Midi, bytes)
    }

    /// Forgets all messages; keeps the storage. Real-time safe.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The messages in order of time. Real-time safe.
    pub fn iter(&self) -> impl Iterator<Item = MidiEvent<'_>> {
        self.0.iter().map(|event| MidiEvent { frame: event.frame, bytes: event.bytes })
    }

    /// Number of messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same messages as events.
    pub fn events(&self) -> &EventBuffer {
        &self.0
    }
}

/// One period of audio and MIDI.
#[derive(Debug)]
pub struct Block<'a, 'b> {
    /// Number of frames in this block; every slice has this length.
    pub frames: usize,
    /// Capture channels, full scale ±1.0: first [`StreamFormat::captures`] of them, then the on-demand ones to
    /// other JACK clients. A channel that was released in between is silence.
    pub inputs: &'a [&'b [f32]],
    /// Playback channels, in the same order. The engine writes every sample of every channel.
    pub outputs: &'a mut [&'b mut [f32]],
    /// MIDI that came in during the last period, one buffer for each MIDI input. Index 0 is always there: the
    /// engine's own input (`mod-host:midi_in`). Further ones come and go with JACK ports on demand.
    pub midi_in: &'a [MidiBuffer],
    /// MIDI that goes out, one buffer for each MIDI output, index 0 always there; the back end clears all of
    /// them before the call.
    pub midi_out: &'a mut [MidiBuffer],
    /// True when rendering faster than real time (JACK's freewheel, the offline back end).
    pub freewheel: bool,
}

/// What a back end drives.
pub trait Process: Send {
    /// Renders one period. Called on the real-time thread: it must not allocate, lock, log, call the system or
    /// drop the last owner of anything.
    fn process(&mut self, block: &mut Block<'_, '_>);

    /// The back end lost `count` periods. Called on the real-time thread or on the back end's notification
    /// thread, before the next [`Process::process`]; real-time safe.
    fn xrun(&mut self, count: u32);

    /// The longest block changes to `frames`. Called while no block is being processed, on a thread that may
    /// allocate.
    fn set_max_frames(&mut self, frames: usize);
}
