//! What runs in the audio callback must not allocate: the test ends the process when it does.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use latency_probe::channel::{Channel, ChannelSpec, Drop, Echo, Loss, Tone};
use latency_probe::stats::Histogram;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn a_channel_with_every_fault_does_not_allocate() {
    let tone = Some(Tone { hertz: 50.0, dbfs: -10.0 });
    let spec = ChannelSpec {
        delay: 5_000.25,
        gain: -0.5,
        snr_db: Some(10.0),
        hum: tone,
        tone,
        highpass1: Some(20.0),
        highpass2: Some(30.0),
        lowpass4: Some(18_000.0),
        feedback: Some((100, -0.4)),
        echo: Some(Echo { offset: 3.5, gain: 0.2 }),
        clip: Some(0.9),
        bits: Some(16),
        drop: Some(Drop { at: 1_000, frames: 64, loss: Loss::Skip }),
        drop_every: 3_000,
        drift_ppm: 20.0,
        ..Default::default()
    };
    let mut channel = Channel::new(spec, 48_000).unwrap();
    let (input, mut output) = ([0.25f32; 256], [0.0f32; 256]);
    assert_no_alloc(|| {
        for _ in 0..64 {
            channel.process(&input, &mut output);
        }
    });
    assert!(output.iter().all(|v| v.is_finite()) && output.iter().any(|v| *v != 0.0));
}

#[test]
fn counting_does_not_allocate() {
    let mut histogram = Histogram::default();
    assert_no_alloc(|| (0..100_000).for_each(|us| histogram.add(us)));
    assert_eq!(histogram.summary().count, 100_000);
}
