//! Pitch of a stretch of sound: pure arithmetic.
//!
//! In two steps. The normalised square difference (McLeod and Wyvill's method) finds the period, and with it the octave.
//! Then the lowest partials are fitted together by weighted least squares, each with amplitude, its slope and frequency;
//! so partials do not disturb each other though a window holds only four or five periods, and a string that decays
//! does not seem to go flat. Stiff strings have partials above the multiples of the lowest one: the fit knows that
//! (f_n = n·f·√(1 + B·n²)), and what is reported is the lowest partial's frequency.

use std::f64::consts::TAU;

use super::solve::solve;

/// Lowest frequency that is found, in Hz: below the low B of a five-string bass (30.87).
pub const LOWEST: f64 = 29.0;

/// Highest frequency that is found, in Hz: above the highest fret of a guitar (1319).
pub const HIGHEST: f64 = 1400.0;

/// Partials that are fitted at most.
const PARTIALS: usize = 8;

/// Partials above this are left alone, in Hz: the decimator lets little of them through.
const BAND: f64 = 5600.0;

/// A peak of the normalised difference counts from this share of the highest peak.
const KEY: f64 = 0.92;

/// What the fit has to explain of the sound's energy, else it is no single tone.
const EXPLAINED: f64 = 0.7;

/// Pitch of a stretch of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pitch {
    /// Frequency of the lowest partial in Hz.
    pub hz: f64,
    /// Share of the energy that a single string explains, 0–1.
    pub clarity: f64,
    /// Stiffness B of the string, 0 when its partials are multiples.
    pub inharmonicity: f64,
}

/// Period of `sound` in samples by the normalised square difference, as a fraction. `None` when there is none between
/// the least and the greatest lag: noise, several notes, too short a stretch.
pub fn period(sound: &[f32], rate: f64) -> Option<f64> {
    let least = (rate / HIGHEST).floor().max(2.0) as usize;
    let most = ((rate / LOWEST).ceil() as usize + 1).min(sound.len() / 2);
    if most <= least + 2 {
        return None;
    }
    let mean = sound.iter().map(|&x| f64::from(x)).sum::<f64>() / sound.len() as f64;
    let x: Vec<f64> = sound.iter().map(|&x| f64::from(x) - mean).collect();
    let all: f64 = x.iter().map(|x| x * x).sum();
    if all <= 0.0 {
        return None;
    }
    // m(τ), the energy of both halves, follows from its neighbour
    let mut energy = 2.0 * all;
    let mut difference = Vec::with_capacity(most + 1);
    for lag in 0..=most {
        if lag > 0 {
            energy -= x[x.len() - lag].powi(2) + x[lag - 1].powi(2);
        }
        let product: f64 = x[..x.len() - lag].iter().zip(&x[lag..]).map(|(a, b)| a * b).sum();
        difference.push(if energy > 0.0 { 2.0 * product / energy } else { 0.0 });
    }
    // the highest point between two rises through zero is a key maximum
    let mut peaks: Vec<usize> = Vec::new();
    let mut within = None;
    let first = difference.iter().position(|value| *value <= 0.0)?;
    for lag in first..most {
        let value = difference[lag];
        match within {
            None if value > 0.0 => within = Some(lag),
            Some(best) if value > difference[best] => within = Some(lag),
            Some(best) if value <= 0.0 => {
                peaks.push(best);
                within = None;
            }
            _ => {}
        }
    }
    // the last one may be cut by the end of the lags: it counts if it has a top
    peaks.extend(within.filter(|best| *best + 1 < most && difference[*best + 1] < difference[*best]));
    peaks.retain(|lag| *lag >= least);
    let highest = peaks.iter().map(|lag| difference[*lag]).fold(0.0, f64::max);
    if highest < 0.4 {
        return None;
    }
    let lag = *peaks.iter().find(|lag| difference[**lag] >= KEY * highest)?;
    let mut period = summit(&difference, lag);
    // the peaks after two, four, … periods lie at the same fraction of a sample and tell the period better
    for count in [2.0, 4.0, 8.0, 16.0] {
        let far = (period * count).round() as usize;
        if far + 2 >= difference.len() {
            break;
        }
        let lag = (far - 1..=far + 1).max_by(|a, b| difference[*a].total_cmp(&difference[*b]))?;
        if difference[lag] < 0.5 * highest {
            break;
        }
        period = summit(&difference, lag) / count;
    }
    Some(period)
}

/// Where a parabola through a point and its neighbours is highest.
fn summit(values: &[f64], at: usize) -> f64 {
    let [before, top, after] = [values[at - 1], values[at], values[at + 1]];
    let curve = before - 2.0 * top + after;
    let shift = if curve < 0.0 { 0.5 * (before - after) / curve } else { 0.0 };
    at as f64 + shift.clamp(-0.5, 0.5)
}

/// Pitch of `sound` near a frequency that is right within a few per cent. `None` when it is no single tone.
pub fn refine(sound: &[f32], rate: f64, near: f64) -> Option<Pitch> {
    let mut best = fit(sound, rate, near);
    // The first peaks of a high note may fall between two samples, and the second or third is found: then the multiple
    // explains as much. Of a note that is really there it leaves out most of the partials, and explains far less.
    for times in [2.0, 3.0] {
        if times * near > HIGHEST * 1.01 {
            break;
        }
        if let Some(above) = fit(sound, rate, times * near)
            && best.is_none_or(|best| 1.0 - above.clarity < 1.5 * (1.0 - best.clarity))
        {
            best = Some(above);
        }
    }
    let mut best = best?;
    // A string whose odd partials are weak looks like one an octave higher: then the octave below explains much more.
    // Of a high note only a few partials lie in the band, and a fit an octave below has more to explain the rest with.
    if best.clarity < 0.999 && best.hz < 600.0 {
        for part in [2.0, 3.0] {
            if near / part < LOWEST {
                break;
            }
            if let Some(below) = fit(sound, rate, near / part)
                && 1.0 - below.clarity < 0.2 * (1.0 - best.clarity)
            {
                best = below;
            }
        }
    }
    let near = (LOWEST * 0.99..=HIGHEST * 1.01).contains(&best.hz);
    (near && best.clarity >= EXPLAINED).then_some(best)
}

/// A partial of the fit: amplitude and frequency.
#[derive(Clone, Copy)]
struct Partial {
    amplitude: f64,
    hz: f64,
}

fn fit(sound: &[f32], rate: f64, near: f64) -> Option<Pitch> {
    let most = ((BAND / near) as usize).clamp(1, PARTIALS);
    let (mut base, mut stiffness) = (near, 0.0);
    let mut explained = 0.0;
    // few partials first: their places tell where those above are
    for partials in [most.min(2), most.min(4), most, most] {
        let guess: Vec<f64> = (1..=partials).map(|n| place(base, stiffness, n)).collect();
        let (found, share) = measure(sound, rate, &guess)?;
        let (next, stiff) = combine(&found, base)?;
        if (next / base - 1.0).abs() > 0.06 {
            return None; // it ran away: this is not near a tone
        }
        (base, stiffness, explained) = (next, stiff, share);
    }
    Some(Pitch { hz: place(base, stiffness, 1), clarity: explained, inharmonicity: stiffness })
}

fn place(base: f64, stiffness: f64, number: usize) -> f64 {
    let n = number as f64;
    n * base * (1.0 + stiffness * n * n).sqrt()
}

/// Fits all partials at once. Answers them, and the share of the weighted energy that they explain.
fn measure(sound: &[f32], rate: f64, guess: &[f64]) -> Option<(Vec<Partial>, f64)> {
    let frames = sound.len();
    let size = 4 * guess.len() + 1;
    let middle = (frames as f64 - 1.0) / 2.0;
    let mut matrix = vec![0.0; size * size];
    let mut right = vec![0.0; size];
    let mut row = vec![0.0; size];
    let mut energy = 0.0;
    let mut phasors: Vec<([f64; 2], [f64; 2])> = guess
        .iter()
        .map(|hz| {
            let (start, step) = (-TAU * hz * middle / rate, TAU * hz / rate);
            ([start.cos(), start.sin()], [step.cos(), step.sin()])
        })
        .collect();
    for (frame, &sample) in sound.iter().enumerate() {
        let time = (frame as f64 - middle) / (middle + 1.0);
        // a window, so that what is not fitted (partials above, a neighbouring string) stays out
        let weight = 0.5 + 0.5 * (std::f64::consts::PI * time).cos();
        for (at, (now, step)) in phasors.iter_mut().enumerate() {
            let [cos, sin] = *now;
            row[4 * at..4 * at + 4].copy_from_slice(&[cos, sin, time * cos, time * sin]);
            *now = [cos * step[0] - sin * step[1], sin * step[0] + cos * step[1]];
        }
        row[size - 1] = 1.0; // what is left of the direct current
        let sample = f64::from(sample);
        energy += weight * sample * sample;
        for (at, value) in row.iter().enumerate() {
            let scaled = weight * value;
            right[at] += scaled * sample;
            let line = &mut matrix[at * size..at * size + at + 1];
            line.iter_mut().zip(&row).for_each(|(sum, other)| *sum += scaled * other);
        }
    }
    if energy <= 0.0 {
        return None;
    }
    let found = solve(&mut matrix, &right, size)?;
    let explained: f64 = found.iter().zip(&right).map(|(a, b)| a * b).sum();
    let partials = guess.iter().enumerate().map(|(at, hz)| {
        let [a, b, c, d] = [found[4 * at], found[4 * at + 1], found[4 * at + 2], found[4 * at + 3]];
        let power = a * a + b * b;
        let turn = if power > 0.0 { (b * c - a * d) / power } else { 0.0 };
        // rad per half window to Hz; half a bin is as far as one step may go
        let half = (middle + 1.0) / rate;
        let shift = (turn / (TAU * half)).clamp(-0.25 / half, 0.25 / half);
        Partial { amplitude: power.sqrt(), hz: hz + shift }
    });
    Some((partials.collect(), (explained / energy).clamp(0.0, 1.0)))
}

/// Lowest frequency and stiffness that the partials tell together: (f_n / n)² = f² + f²·B·n².
fn combine(partials: &[Partial], near: f64) -> Option<(f64, f64)> {
    let loudest = partials.iter().map(|partial| partial.amplitude).fold(0.0, f64::max);
    let counted = partials.iter().enumerate().filter_map(|(at, partial)| {
        let n = (at + 1) as f64;
        // a partial that is lost in noise tells nothing, and one that ran away is none
        let usable = partial.amplitude > 0.02 * loudest && (partial.hz / (n * near) - 1.0).abs() < 0.06;
        let weight = (n * partial.amplitude).powi(2);
        usable.then_some((n * n, (partial.hz / n).powi(2), weight))
    });
    let counted: Vec<(f64, f64, f64)> = counted.collect();
    let sum = |term: &dyn Fn(&(f64, f64, f64)) -> f64| counted.iter().map(term).sum::<f64>();
    let weights = sum(&|c| c.2);
    if weights <= 0.0 {
        return None;
    }
    let (mean_n, mean_f) = (sum(&|c| c.2 * c.0) / weights, sum(&|c| c.2 * c.1) / weights);
    let spread = sum(&|c| c.2 * (c.0 - mean_n).powi(2));
    let slope = if counted.len() >= 3 && spread > 0.0 {
        sum(&|c| c.2 * (c.0 - mean_n) * (c.1 - mean_f)) / spread
    } else {
        0.0
    };
    // strings are stiff, none is the contrary; B of a bass's low B is about 5e-4
    let slope = slope.clamp(0.0, 1e-3 * mean_f);
    let square = mean_f - slope * mean_n;
    (square > 0.0).then(|| (square.sqrt(), slope / square))
}

#[cfg(test)]
mod tests;
