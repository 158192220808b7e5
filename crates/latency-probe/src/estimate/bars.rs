//! The accuracy that is promised, on channels with a known answer. Every seed is fixed.

use super::*;
use crate::channel::{ChannelSpec, Drop, Echo, Loss, Tone, simulate};
use crate::rng::Rng;
use std::sync::LazyLock;

const RATE: u32 = 48_000;
const SILENCE: usize = 16_800;
static ANALYSER: LazyLock<Analyser> =
    LazyLock::new(|| Analyser::new(Excitation::new(14, RATE, -17.0).unwrap(), 3));

/// Plays the default test through a channel: 0.35 s of silence, then the signal.
fn run(spec: &ChannelSpec) -> Outcome {
    let mut input = vec![0.0; SILENCE];
    input.extend(ANALYSER.excitation().playback(3));
    let frames = input.len() + spec.delay as usize + 2_000;
    let output = simulate(spec, RATE, &input, frames).unwrap();
    ANALYSER.analyse(Take { silence: &output[..SILENCE], record: &output[SILENCE..] })
}

fn found(spec: &ChannelSpec) -> Measurement {
    match run(spec) {
        Outcome::Found(m) => *m,
        other => panic!("{spec:?}: {other:?}"),
    }
}

fn clear(spec: &ChannelSpec) -> Measurement {
    let m = found(spec);
    assert_eq!(m.doubts, [], "{spec:?}: {m:?}");
    m
}

/// Random delays to 60,000 frames, as the bars ask.
fn delays(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| rng.uniform() * 60_000.0).collect()
}

#[test]
fn clean_delays_are_exact_to_a_thousandth() {
    let mut all = vec![0.0, 1.0, 37.0, 512.0, 1000.0, 4801.37, 16_383.0, 16_382.6, 32_766.0];
    all.extend(delays(60, 11));
    for delay in all {
        let m = clear(&ChannelSpec { delay, ..Default::default() });
        assert!((m.delay_frames - delay).abs() <= 0.001, "{delay}: {m:?}");
        assert!((m.phase_slope_frames - delay).abs() <= 0.001, "{delay}: {m:?}");
        assert!(m.gain_db.abs() < 0.01 && m.polarity == Polarity::Normal, "{delay}: {m:?}");
        assert!(m.second_paths.is_empty(), "{delay}: {m:?}");
    }
}

/// Root mean square error over `count` random delays at an SNR; no run may be wrong by more than half a frame.
fn noisy(snr: f64, count: usize) -> f64 {
    let mut sum = 0.0;
    for (i, delay) in delays(count, 23).into_iter().enumerate() {
        let m =
            found(&ChannelSpec { delay, snr_db: Some(snr), seed: 1_000 + i as u64, ..Default::default() });
        let error = m.delay_frames - delay;
        assert!(error.abs() < 0.5, "{snr} dB, {delay}: {m:?}");
        assert_eq!(m.doubts, [], "{snr} dB, {delay}: {m:?}");
        sum += error * error / count as f64;
    }
    let rms = sum.sqrt();
    println!("{snr} dB: rms {rms:.5} frames over {count}");
    rms
}

#[test]
fn at_0_db_the_error_is_5_thousandths() {
    assert!(noisy(0.0, 60) <= 0.005);
}

#[test]
fn at_minus_10_db_none_of_100_is_wrong() {
    assert!(noisy(-10.0, 100) <= 0.015);
}

#[test]
fn at_minus_20_db_none_of_100_is_wrong() {
    assert!(noisy(-20.0, 100) <= 0.05);
}

#[test]
fn the_stated_sigma_is_the_real_one() {
    let mut squares = 0.0;
    for (i, delay) in delays(60, 5).into_iter().enumerate() {
        let m = found(&ChannelSpec { delay, snr_db: Some(0.0), seed: 90 + i as u64, ..Default::default() });
        squares += ((m.delay_frames - delay) / m.sigma_frames).powi(2) / 60.0;
    }
    assert!((0.6..1.3).contains(&squares.sqrt()), "errors are {} of sigma", squares.sqrt());
}

/// Error of a hard case at 1500.37 frames.
fn hard(name: &str, spec: ChannelSpec) -> (f64, Measurement) {
    let m = found(&ChannelSpec { delay: 1500.37, ..spec });
    println!(
        "{name}: error {:+.5}, sigma {:.5}, z {:.0}, {:?}",
        m.delay_frames - 1500.37,
        m.sigma_frames,
        m.z,
        m.doubts
    );
    (m.delay_frames - 1500.37, m)
}

#[test]
fn a_tone_on_a_test_frequency_does_not_matter() {
    let tone = Some(Tone { hertz: 1500.0, dbfs: -20.0 });
    let (error, m) = hard("tone", ChannelSpec { tone, ..Default::default() });
    assert!(error.abs() < 0.002 && m.doubts.is_empty(), "{m:?}");
}

#[test]
fn hum_at_full_scale_does_not_matter() {
    for (gain, bar) in [(0.01, 0.005), (0.001, 0.01)] {
        for hertz in [50.0, 60.0, 49.87] {
            let hum = Some(Tone { hertz, dbfs: 0.0 });
            let spec = ChannelSpec { hum, gain, noise_dbfs: Some(-90.0), ..Default::default() };
            let (error, m) = hard("hum", spec);
            assert!(error.abs() < bar && m.doubts.is_empty(), "{m:?}");
        }
    }
}

#[test]
fn a_second_path_is_named_and_does_not_pull() {
    let echo = Some(Echo { offset: 3.0, gain: 0.5 });
    let (error, m) = hard("monitoring", ChannelSpec { echo, ..Default::default() });
    assert!(error.abs() < 0.002 && m.doubts.is_empty(), "{m:?}");
    let second = m.second_paths[0];
    assert!((second.offset_frames - 3.0).abs() < 0.01 && (second.relative_db + 6.02).abs() < 0.1, "{m:?}");
    let echo = Some(Echo { offset: 200.0, gain: -0.7 });
    let (error, m) = hard("reflection", ChannelSpec { echo, ..Default::default() });
    assert!(error.abs() < 0.002 && m.second_paths[0].inverted, "{m:?}");
}

#[test]
fn equal_paths_are_ambiguous() {
    let (_, m) =
        hard("equal", ChannelSpec { echo: Some(Echo { offset: 300.0, gain: 0.95 }), ..Default::default() });
    assert!(m.doubts.iter().any(|d| matches!(d, Doubt::EqualPaths { .. })), "{m:?}");
}

#[test]
fn feedback_inversion_and_a_faint_loop_are_right() {
    let (error, m) = hard("feedback", ChannelSpec { feedback: Some((100, -0.4)), ..Default::default() });
    assert!(error.abs() < 0.002 && m.doubts.is_empty(), "{m:?}");
    let (error, m) = hard("inverted", ChannelSpec { gain: -1.0, ..Default::default() });
    assert!(error.abs() < 0.001 && m.polarity == Polarity::Inverted && m.doubts.is_empty(), "{m:?}");
    let faint = ChannelSpec { gain: 10f64.powf(-70.0 / 20.0), noise_dbfs: Some(-96.0), ..Default::default() };
    let (error, m) = hard("−70 dB", faint);
    assert!(error.abs() < 0.005 && (m.gain_db + 70.0).abs() < 0.2 && m.doubts.is_empty(), "{m:?}");
}

#[test]
fn filters_shift_only_by_what_they_really_delay() {
    let (error, m) = hard("AC coupling", ChannelSpec { highpass1: Some(20.0), ..Default::default() });
    assert!(error.abs() < 0.005 && m.doubts.is_empty(), "{m:?}");
    let (error, m) = hard("small transducer", ChannelSpec { highpass2: Some(300.0), ..Default::default() });
    assert!(error.abs() < 0.03 && m.doubts.is_empty(), "{m:?}");
    let spec = ChannelSpec { highpass2: Some(20.0), lowpass4: Some(20_000.0), ..Default::default() };
    let (error, m) = hard("converter filters", spec);
    // The group delay of the low pass is real: 0.5 to 1 frame.
    assert!((0.2..1.2).contains(&error) && m.doubts.is_empty() && m.second_paths.is_empty(), "{m:?}");
}

#[test]
fn clipping_is_named_and_16_bits_are_enough() {
    let (error, m) = hard("clip", ChannelSpec { clip: Some(0.1), ..Default::default() });
    assert!(error.abs() < 0.1 && m.clipped, "{m:?}");
    let (error, m) = hard("16 bit", ChannelSpec { bits: Some(16), gain: 0.001, ..Default::default() });
    assert!(error.abs() < 0.005 && !m.clipped && m.doubts.is_empty(), "{m:?}");
}

#[test]
fn drift_is_measured_and_the_delay_is_that_of_the_middle() {
    for ppm in [50.0, -50.0, 5.0] {
        let spec = ChannelSpec { drift_ppm: ppm, ..Default::default() };
        let (_, m) = hard("drift", spec);
        // Shots 1 to 3 stand from 0.75 to 3.75 periods after the onset.
        let middle = SILENCE as f64 + 1500.0 + 16_383.0 * 2.25;
        let want = 1500.37 + ppm * 1e-6 * middle;
        assert!((m.delay_frames - want).abs() < 0.03, "{ppm}: {} {m:?}", want);
        assert!((m.drift_ppm - ppm).abs() < 1.0 && m.doubts.is_empty(), "{ppm}: {m:?}");
    }
}

#[test]
fn a_lost_block_never_passes_with_a_wrong_number() {
    let total = SILENCE + 4 * 16_383 + 1_500;
    let mut flagged = 0;
    for frames in [16, 64, 256, 1024] {
        for i in 0..20 {
            for loss in [Loss::Skip, Loss::Silence] {
                let at = (i * total / 20 + 321) as u64;
                let spec = ChannelSpec {
                    delay: 1500.37,
                    drop: Some(Drop { at, frames, loss }),
                    noise_dbfs: Some(-80.0),
                    ..Default::default()
                };
                let m = match run(&spec) {
                    Outcome::Found(m) => m,
                    _ => continue,
                };
                if !m.doubts.is_empty() {
                    flagged += 1;
                    continue;
                }
                // Lost before, or in the first tenth of the settling period: all shots see the shorter delay, which from
                // then on is the right one. Lost after the last shot: all see the longer one.
                let lost = if loss == Loss::Skip { f64::from(frames) } else { 0.0 };
                let early = (at as f64) < SILENCE as f64 + 1500.37 + 0.12 * 16_383.0;
                let want = if early { 1500.37 - lost } else { 1500.37 };
                assert!((m.delay_frames - want).abs() < 0.01, "{frames} frames at {at}, {loss:?}: {m:?}");
            }
        }
    }
    assert!(flagged >= 40, "{flagged} runs were flagged");
}

#[test]
fn noise_alone_is_never_taken_for_a_signal() {
    // Two halves on two threads: this is the longest test of the crate.
    let halves = [0..500, 500..1000].map(|seeds| std::thread::spawn(move || noise_only(seeds)));
    let worst = halves.into_iter().map(|half| half.join().unwrap()).fold(0.0f64, f64::max);
    println!("largest z of 1000 noise-only runs: {worst:.2}");
    let silent = ANALYSER.analyse(Take { silence: &[0.0; SILENCE], record: &[0.0; 70_000] });
    assert_eq!(silent, Outcome::NoSignal { z: 0.0, level_dbfs: -200.0 });
}

fn noise_only(seeds: std::ops::Range<u64>) -> f64 {
    let mut worst = 0.0f64;
    for seed in seeds {
        let spec = match seed % 4 {
            0 => ChannelSpec { gain: 0.0, noise_dbfs: Some(-20.0), seed, ..Default::default() },
            1 => ChannelSpec {
                gain: 0.0,
                noise_dbfs: Some(-90.0),
                lowpass4: Some(3_000.0),
                seed,
                ..Default::default()
            },
            2 => {
                let hum = Some(Tone { hertz: 49.0 + (seed % 20) as f64 * 0.1, dbfs: -10.0 });
                ChannelSpec { gain: 0.0, noise_dbfs: Some(-60.0), hum, seed, ..Default::default() }
            }
            _ => {
                let tone = Some(Tone { hertz: 100.0 + seed as f64 * 17.0, dbfs: -20.0 });
                ChannelSpec { gain: 0.0, noise_dbfs: Some(-80.0), tone, seed, ..Default::default() }
            }
        };
        match run(&spec) {
            Outcome::NoSignal { z, .. } => worst = worst.max(z),
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    worst
}

#[test]
fn a_short_recording_asks_for_more_and_garbage_is_survived() {
    let playback = ANALYSER.excitation().playback(3);
    let output =
        simulate(&ChannelSpec { delay: 20_000.0, ..Default::default() }, RATE, &playback, 90_000).unwrap();
    for frames in [0, 1, 1000, 40_000, 60_000, 70_000, 80_000] {
        let outcome = ANALYSER.analyse(Take { silence: &[0.0; SILENCE], record: &output[..frames] });
        assert!(
            matches!(outcome, Outcome::Incomplete { .. } | Outcome::NoSignal { .. }),
            "{frames}: {outcome:?}"
        );
    }
    let outcome = ANALYSER.analyse(Take { silence: &[], record: &output });
    assert!(
        matches!(&outcome, Outcome::Found(m) if (m.delay_frames - 20_000.0).abs() < 0.001),
        "{outcome:?}"
    );
    let nan = vec![f32::NAN; 70_000];
    assert!(matches!(ANALYSER.analyse(Take { silence: &nan, record: &nan }), Outcome::NoSignal { .. }));
}
