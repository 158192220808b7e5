//! Flow control of feedback: batches, one for each `output_data_ready`.

use crate::Feedback;
use std::collections::HashMap;

/// Most events and log lines that wait in one queue.
pub const FEEDBACK_CAPACITY: usize = 8192;

/// Longest log line in bytes; the rest is cut off.
const MAX_LOG: usize = 1024;

/// Feedback that waits for one client.
///
/// The client gets one batch, ended by `data_finish`, and then nothing until it says `output_data_ready`. In a
/// batch each (kind, instance, symbol) stands at most once, with its newest value (for `audio_monitor` the highest
/// peak), newest first; then the load, then the log lines in the order of their arrival. A new queue is ready.
///
/// Events of one key replace each other as they arrive, so that a knob that turns for an hour takes one place.
/// When all places are taken, events of new keys and log lines are dropped and counted.
#[derive(Debug)]
pub struct FeedbackQueue {
    capacity: usize,
    /// The newest event of each key, with its rank in time.
    events: HashMap<Key, (u64, Feedback)>,
    arrivals: u64,
    cpu_load: Option<Feedback>,
    logs: Vec<Feedback>,
    ready: bool,
    dropped: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: std::mem::Discriminant<Feedback>,
    /// Instance, channel or index.
    number: i32,
    /// Controller of an unmapped control change; 0 elsewhere.
    sub: i32,
    /// Symbol, property or kind of fault.
    symbol: String,
}

impl Key {
    fn of(feedback: &Feedback) -> Self {
        let (number, sub, symbol) = match feedback {
            Feedback::ParamSet { instance, symbol, .. }
            | Feedback::ParamState { instance, symbol, .. }
            | Feedback::OutputSet { instance, symbol, .. }
            | Feedback::MidiMapped { instance, symbol, .. } => (*instance, 0, symbol.as_str()),
            Feedback::PatchSet { instance, property, .. } => (*instance, 0, property.as_str()),
            Feedback::AudioMonitor { index, .. } => (*index, 0, ""),
            Feedback::MidiControlChange { channel, controller, .. } => (*channel, *controller, ""),
            Feedback::MidiProgramChange { channel, .. } => (*channel, 0, ""),
            Feedback::XFault { instance, kind, .. } => (*instance, 0, kind.word()),
            Feedback::Transport { .. }
            | Feedback::Log { .. }
            | Feedback::CpuLoad { .. }
            | Feedback::DataFinish
            | Feedback::XPlan { .. }
            | Feedback::XXrun { .. } => (0, 0, ""),
        };
        Self { kind: std::mem::discriminant(feedback), number, sub, symbol: symbol.to_owned() }
    }
}

impl Default for FeedbackQueue {
    /// A queue of [`FEEDBACK_CAPACITY`] places.
    fn default() -> Self {
        Self::with_capacity(FEEDBACK_CAPACITY)
    }
}

impl FeedbackQueue {
    /// A queue of `capacity` places for events and log lines together.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            events: HashMap::new(),
            arrivals: 0,
            cpu_load: None,
            logs: Vec::new(),
            ready: true,
            dropped: 0,
        }
    }

    /// Takes one event. Returns `false` when it was dropped. [`Feedback::DataFinish`] is ignored: batches end by
    /// themselves.
    pub fn push(&mut self, feedback: Feedback) -> bool {
        let full = self.events.len() + self.logs.len() >= self.capacity;
        match feedback {
            Feedback::DataFinish => {}
            Feedback::CpuLoad { .. } => self.cpu_load = Some(feedback),
            Feedback::Log { level, mut text } if !full => {
                if text.len() > MAX_LOG {
                    text.truncate(text.floor_char_boundary(MAX_LOG));
                }
                self.logs.push(Feedback::Log { level, text });
            }
            Feedback::Log { .. } => {
                self.dropped += 1;
                return false;
            }
            event => {
                let key = Key::of(&event);
                self.arrivals += 1;
                match self.events.get_mut(&key) {
                    Some((rank, waiting)) => {
                        *rank = self.arrivals;
                        *waiting = newer(waiting, event);
                    }
                    None if full => {
                        self.dropped += 1;
                        return false;
                    }
                    None => {
                        self.events.insert(key, (self.arrivals, event));
                    }
                }
            }
        }
        true
    }

    /// The client said `output_data_ready`.
    pub fn set_ready(&mut self) {
        self.ready = true;
    }

    /// Whether the client waits for a batch.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.logs.is_empty() && self.cpu_load.is_none()
    }

    /// Events and log lines that wait.
    pub fn len(&self) -> usize {
        self.events.len() + self.logs.len() + usize::from(self.cpu_load.is_some())
    }

    /// Events and log lines dropped so far because all places were taken.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Appends the next batch with its `data_finish` to `out` and returns `true`, if the client waits for one and
    /// something waits for it. After that the client is no longer ready.
    pub fn take_batch(&mut self, out: &mut Vec<u8>) -> bool {
        self.ready && self.force_batch(out)
    }

    /// As [`Self::take_batch`], but whether the client is ready or not: what `remove` of one instance and
    /// `monitor_output_off` do, so that nothing older follows them.
    pub fn force_batch(&mut self, out: &mut Vec<u8>) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut events: Vec<_> = self.events.drain().map(|(_, event)| event).collect();
        events.sort_unstable_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        for (_, event) in &events {
            event.encode(out);
        }
        for event in self.cpu_load.take().iter().chain(&std::mem::take(&mut self.logs)) {
            event.encode(out);
        }
        Feedback::DataFinish.encode(out);
        self.ready = false;
        true
    }
}

/// What remains of two events of one key: the newer, but for peaks the higher.
fn newer(waiting: &Feedback, event: Feedback) -> Feedback {
    match (waiting, event) {
        (Feedback::AudioMonitor { peak: old, .. }, Feedback::AudioMonitor { index, peak }) => {
            Feedback::AudioMonitor { index, peak: peak.max(*old) }
        }
        (_, event) => event,
    }
}

#[cfg(test)]
mod tests;
