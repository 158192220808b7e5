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
mod tests {
    use super::*;
    use crate::PatchValue;

    fn param(instance: i32, symbol: &str, value: f32) -> Feedback {
        Feedback::ParamSet { instance, symbol: symbol.into(), value }
    }

    fn log(text: &str) -> Feedback {
        Feedback::Log { level: 0, text: text.into() }
    }

    fn batch(queue: &mut FeedbackQueue) -> Option<String> {
        let mut out = Vec::new();
        queue.take_batch(&mut out).then(|| String::from_utf8(out).expect("text").replace('\0', "|"))
    }

    #[test]
    fn a_batch_holds_the_newest_of_each_key_newest_first_then_load_then_logs() {
        let mut queue = FeedbackQueue::default();
        queue.push(log("one"));
        queue.push(param(0, "gain", 1.0));
        queue.push(param(1, "gain", 2.0));
        queue.push(Feedback::CpuLoad { average: 1.0, maximum: 2.0, xruns: 0 });
        queue.push(Feedback::OutputSet { instance: 0, symbol: "gain".into(), value: 9.0 });
        queue.push(Feedback::CpuLoad { average: 3.0, maximum: 4.0, xruns: 1 });
        queue.push(param(0, "gain", 5.0));
        queue.push(log("two"));
        queue.push(log("one"));
        assert_eq!(
            batch(&mut queue).as_deref(),
            Some(
                "param_set 0 gain 5.000000|output_set 0 gain 9.000000|param_set 1 gain 2.000000|\
                 cpu_load 3.000000 4.000000 1|log 0 one|log 0 two|log 0 one|data_finish|"
            )
        );
    }

    #[test]
    fn nothing_follows_a_batch_before_the_client_is_ready() {
        let mut queue = FeedbackQueue::default();
        assert!(queue.is_ready());
        assert_eq!(batch(&mut queue), None, "an empty queue sends no data_finish");
        assert!(queue.is_ready());
        queue.push(param(0, "a", 1.0));
        assert_eq!(batch(&mut queue).as_deref(), Some("param_set 0 a 1.000000|data_finish|"));
        queue.push(param(0, "a", 2.0));
        queue.push(param(0, "a", 3.0));
        assert_eq!(batch(&mut queue), None);
        queue.set_ready();
        assert_eq!(batch(&mut queue).as_deref(), Some("param_set 0 a 3.000000|data_finish|"));
    }

    #[test]
    fn a_forced_batch_does_not_wait_and_clears_ready() {
        let mut queue = FeedbackQueue::default();
        let mut out = Vec::new();
        assert!(!queue.force_batch(&mut out));
        queue.push(param(0, "a", 1.0));
        assert!(queue.take_batch(&mut out));
        queue.push(param(0, "a", 2.0));
        out.clear();
        assert!(queue.force_batch(&mut out));
        assert_eq!(out, b"param_set 0 a 2.000000\0data_finish\0");
        assert!(!queue.is_ready());
    }

    #[test]
    fn a_full_queue_drops_new_keys_and_counts_but_takes_new_values() {
        let mut queue = FeedbackQueue::with_capacity(3);
        for instance in 0..3 {
            assert!(queue.push(param(instance, "a", 0.0)));
        }
        assert!(!queue.push(param(3, "a", 0.0)));
        assert!(!queue.push(log("x")));
        assert!(queue.push(param(0, "a", 7.0)));
        assert_eq!((queue.len(), queue.dropped()), (3, 2));
        assert!(batch(&mut queue).expect("batch").starts_with("param_set 0 a 7.000000|param_set 2"));
        let mut queue = FeedbackQueue::default();
        for instance in 0..10_000 {
            queue.push(param(instance, "a", 0.0));
        }
        assert_eq!((queue.len(), queue.dropped()), (8192, 10_000 - 8192));
    }

    #[test]
    fn the_peak_of_a_monitor_is_the_highest_since_the_last_batch() {
        let mut queue = FeedbackQueue::default();
        for peak in [0.1, 0.9, 0.3] {
            queue.push(Feedback::AudioMonitor { index: 0, peak });
        }
        assert_eq!(batch(&mut queue).as_deref(), Some("audio_monitor 0 0.900000|data_finish|"));
        queue.set_ready();
        queue.push(Feedback::AudioMonitor { index: 0, peak: 0.2 });
        assert_eq!(batch(&mut queue).as_deref(), Some("audio_monitor 0 0.200000|data_finish|"));
    }

    #[test]
    fn properties_and_controllers_have_keys_of_their_own() {
        let mut queue = FeedbackQueue::default();
        for (property, value) in [("urn:a", 1), ("urn:b", 2), ("urn:a", 3)] {
            queue.push(Feedback::PatchSet {
                instance: 0,
                property: property.into(),
                value: PatchValue::Int(value),
            });
        }
        for (controller, value) in [(1, 10), (2, 20), (1, 11)] {
            queue.push(Feedback::MidiControlChange { channel: 0, controller, value });
        }
        assert_eq!(
            batch(&mut queue).as_deref(),
            Some(
                "midi_control_change 0 1 11|midi_control_change 0 2 20|patch_set 0 urn:a i 3|\
                 patch_set 0 urn:b i 2|data_finish|"
            )
        );
    }

    #[test]
    fn long_log_lines_are_cut_at_a_character() {
        let mut queue = FeedbackQueue::default();
        queue.push(log(&"é".repeat(5000)));
        let text = batch(&mut queue).expect("batch");
        assert_eq!(text.chars().filter(|c| *c == 'é').count(), MAX_LOG / 2);
    }
}
