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
