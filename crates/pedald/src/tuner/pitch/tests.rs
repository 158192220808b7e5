use super::*;

const RATE: f64 = 12_000.0;

fn tone(hz: f64, frames: usize) -> Vec<f32> {
    (0..frames).map(|n| (0.3 * (TAU * hz * n as f64 / RATE + 0.7).sin()) as f32).collect()
}

#[test]
fn a_sine_is_found_to_a_tenth_of_a_cent() {
    for hz in [41.2, 82.41, 110.0, 440.0, 1318.5] {
        let frames = (4.5 * RATE / hz).max(700.0) as usize;
        let sound = tone(hz, frames);
        let period = period(&sound, RATE).expect("a tone");
        let found = refine(&sound, RATE, RATE / period).expect("a tone");
        let cents = 1200.0 * (found.hz / hz).log2();
        assert!(cents.abs() < 0.1, "{hz} Hz: {cents} cents");
        assert!(found.clarity > 0.9999);
    }
}

#[test]
fn noise_silence_and_snippets_have_no_pitch() {
    let mut seed = 7_u32;
    let noise: Vec<f32> = (0..1600)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    let found = period(&noise, RATE).and_then(|period| refine(&noise, RATE, RATE / period));
    assert_eq!(found, None);
    assert_eq!(period(&[0.0; 1600], RATE), None);
    assert_eq!(period(&[0.1; 3], RATE), None);
    assert_eq!(period(&[], RATE), None);
    assert_eq!(refine(&[0.0; 700], RATE, 100.0), None);
}

#[test]
fn weak_odd_partials_do_not_raise_the_octave() {
    let sound: Vec<f32> = (0..720)
        .map(|n| {
            let t = n as f64 / RATE;
            let partial = |number: f64, level: f64| level * (TAU * 110.0 * number * t + number).sin();
            (0.3 * (partial(1.0, 0.1) + partial(2.0, 1.0) + partial(3.0, 0.05) + partial(4.0, 0.5))) as f32
        })
        .collect();
    let period = period(&sound, RATE).expect("a tone");
    let found = refine(&sound, RATE, RATE / period).expect("a tone");
    assert!((found.hz - 110.0).abs() < 0.1, "{} Hz", found.hz);
}
