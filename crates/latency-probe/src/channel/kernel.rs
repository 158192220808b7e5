//! Fractional reading of a delay line: a 97-tap sinc under a Kaiser window.

/// Taps on each side of the middle one.
pub(super) const HALF: usize = 48;
const TAPS: usize = 2 * HALF + 1;

/// The kernel for the last fraction used, so that a constant delay computes it once.
#[derive(Debug)]
pub(super) struct Kernels {
    cached: [(f64, [f64; TAPS]); 2],
    window: [f64; TAPS * 64 + 1],
}

impl Kernels {
    pub(super) fn new() -> Self {
        let mut window = [0.0; TAPS * 64 + 1];
        let span = (TAPS * 64) as f64 / 2.0;
        for (i, value) in window.iter_mut().enumerate() {
            let x = (i as f64 - span) / span;
            *value = bessel(12.0 * (1.0 - x * x).max(0.0).sqrt()) / bessel(12.0);
        }
        Self { cached: [(f64::NAN, [0.0; TAPS]); 2], window }
    }

    /// The line's value `delay` frames before frame `now`, which was just written.
    pub(super) fn read(&mut self, line: &[f32], now: u64, delay: f64) -> f64 {
        let mask = line.len() - 1;
        let whole = delay.round();
        let fraction = delay - whole;
        let at = |d: i64| -> f64 {
            let index = now as i64 - d;
            // A read of the future, or of what the line has forgotten, is silence.
            if d < 0 || index < 0 || d as usize >= line.len() {
                0.0
            } else {
                f64::from(line[index as usize & mask])
            }
        };
        if fraction == 0.0 {
            return at(whole as i64);
        }
        // Two entries: the main path and the echo.
        let found = self.cached.iter().position(|(f, _)| *f == fraction);
        let slot = found.unwrap_or_else(|| {
            self.cached.swap(0, 1);
            self.fill(fraction);
            0
        });
        let (_, taps) = &self.cached[slot];
        let first = whole as i64 - HALF as i64;
        let (old, new) = (now as i64 - first - (TAPS as i64 - 1), now as i64 - first);
        if first >= 0
            && old >= 0
            && (old as usize & mask) + TAPS <= line.len()
            && (new - old) < line.len() as i64
        {
            let from = old as usize & mask;
            let held = &line[from..from + TAPS];
            return held.iter().rev().zip(taps).map(|(v, tap)| f64::from(*v) * tap).sum();
        }
        taps.iter().enumerate().map(|(i, tap)| tap * at(first + i as i64)).sum()
    }

    fn fill(&mut self, fraction: f64) {
        let (key, taps) = &mut self.cached[0];
        *key = fraction;
        let sine = (std::f64::consts::PI * fraction).sin();
        let mut sum = 0.0;
        for (i, tap) in taps.iter_mut().enumerate() {
            let k = i as f64 - HALF as f64;
            let x = k - fraction;
            let sign = if (i + HALF).is_multiple_of(2) { 1.0 } else { -1.0 };
            // sin(π(k − f)) = −(−1)^k sin(πf)
            let sinc = if x.abs() < 1e-12 { 1.0 } else { -sign * sine / (std::f64::consts::PI * x) };
            let place =
                ((x / (TAPS as f64 / 2.0) + 1.0) / 2.0 * (TAPS * 64) as f64).clamp(0.0, (TAPS * 64) as f64);
            let low = (place as usize).min(TAPS * 64 - 1);
            let share = place - low as f64;
            *tap = sinc * (self.window[low] * (1.0 - share) + self.window[low + 1] * share);
            sum += *tap;
        }
        taps.iter_mut().for_each(|tap| *tap /= sum);
    }
}

/// Modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}
