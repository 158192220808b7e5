//! Pitch of a sound that goes on: the last stretch of it, begun anew where a string is plucked.

use super::decimate::Decimator;
use super::pitch::{LOWEST, Pitch, period, refine};

/// Sound that a note of [`SHORT_FROM`] or higher needs, in seconds. With the filter's 1 ms it is below 60 ms.
const SHORT: f64 = 0.0588;

/// From this frequency a short stretch is enough, in Hz.
const SHORT_FROM: f64 = 80.0;

/// Above this nothing is read from a shorter stretch, in Hz.
const SHORT_ALWAYS: f64 = 85.0;

/// Periods that lower notes need. With the filter's 1 ms it is below four.
const PERIODS: f64 = 3.85;

/// Root mean square below which there is silence, in dBFS.
const SILENCE: f64 = -60.0;

/// A hop of 10 ms that has this many times the power of the 40 ms before it begins a note.
const ONSET: f64 = 8.0;

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heard {
    /// Nothing, or too little.
    Silence,
    /// Sound, but no pitch of it yet: too short, or not a single tone.
    Unclear,
    /// A tone.
    Tone {
        /// Its pitch.
        pitch: Pitch,
        /// Root mean square of the last 50 ms in dBFS, 0 for ±1 throughout.
        level_dbfs: f64,
    },
}

/// Follows a sound. Not for the real-time thread: it allocates at first, and a reading takes a millisecond or two.
#[derive(Debug)]
pub struct Tracker {
    decimator: Decimator,
    /// After the decimator, in Hz.
    rate: f64,
    sound: Vec<f32>,
    /// Samples at the end of `sound` that belong to the present note.
    fresh: usize,
    /// Samples of the filter's run-in that are still to be left out.
    run_in: usize,
    /// Samples until the next look for an onset.
    hop: usize,
}

impl Tracker {
    /// For sound of this rate in Hz.
    pub fn new(rate: f64) -> Self {
        let rate = if rate.is_finite() { rate.clamp(8000.0, 768_000.0) } else { 48_000.0 };
        let decimator = Decimator::new(rate);
        let factor = decimator.factor();
        let run_in = decimator.run_in().div_ceil(factor);
        Self { rate: rate / factor as f64, decimator, sound: Vec::new(), fresh: 0, run_in, hop: 0 }
    }

    fn frames(&self, seconds: f64) -> usize {
        (seconds * self.rate) as usize
    }

    /// The stretch that the lowest note needs.
    fn longest(&self) -> usize {
        self.frames(PERIODS / LOWEST)
    }

    /// Takes the next samples, ±1. Any number of them.
    pub fn push(&mut self, sound: &[f32]) {
        let before = self.sound.len();
        let mut taken = std::mem::take(&mut self.sound);
        self.decimator.push(sound, &mut taken);
        self.sound = taken;
        let mut new = self.sound.len() - before;
        if self.run_in > 0 {
            let left_out = self.run_in.min(new);
            self.sound.drain(before..before + left_out);
            self.run_in -= left_out;
            new -= left_out;
        }
        self.look_for_onsets(new);
        let longest = self.longest();
        // twice as much as is needed, so that it is seldom moved
        if self.sound.len() > 2 * longest {
            self.sound.drain(..self.sound.len() - longest);
        }
        self.fresh = self.fresh.min(longest);
    }

    fn look_for_onsets(&mut self, new: usize) {
        let hop = self.frames(0.01).max(1);
        let mut end = self.sound.len() - new;
        let mut left = new;
        while left > 0 {
            let step = (hop - self.hop).min(left);
            (end, left, self.hop) = (end + step, left - step, self.hop + step);
            self.fresh += step;
            if self.hop < hop {
                break;
            }
            self.hop = 0;
            if end >= 5 * hop {
                let (past, now) = self.sound[end - 5 * hop..end].split_at(4 * hop);
                if power(now) > ONSET * power(past) && level(now) > SILENCE {
                    self.fresh = hop;
                }
            }
        }
    }

    /// What is heard now.
    pub fn reading(&self) -> Heard {
        let recent = self.frames(0.05).min(self.sound.len());
        let level_dbfs = level(&self.sound[self.sound.len() - recent..]);
        if recent == 0 || level_dbfs < SILENCE {
            return Heard::Silence;
        }
        match self.pitch() {
            Some(pitch) => Heard::Tone { pitch, level_dbfs },
            None => Heard::Unclear,
        }
    }

    fn pitch(&self) -> Option<Pitch> {
        let fresh = self.fresh.min(self.sound.len());
        let last = |frames: usize| (frames <= fresh).then(|| &self.sound[self.sound.len() - frames..]);
        let near = |sound: &[f32]| period(sound, self.rate).map(|period| self.rate / period);
        let short = last(self.frames(SHORT));
        if let Some(short) = short
            && let Some(hz) = near(short).filter(|hz| *hz >= SHORT_FROM)
            && let Some(pitch) = refine(short, self.rate, hz)
            && pitch.hz >= SHORT_FROM
        {
            return Some(pitch);
        }
        // a low note: its period is seen in two of it, the fit waits for four, which may be sooner than `SHORT`
        let long = last(fresh.min(self.longest()))?;
        let hz = near(long)?;
        if short.is_none() && hz > SHORT_ALWAYS {
            return None;
        }
        let enough = last(self.frames(PERIODS / hz.clamp(LOWEST, SHORT_ALWAYS)))?;
        refine(enough, self.rate, hz)
    }
}

fn power(sound: &[f32]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len().max(1) as f64
}

fn level(sound: &[f32]) -> f64 {
    10.0 * power(sound).log10()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tuner::string::Pluck;

    const RATE: f64 = 48_000.0;

    /// Distance in cents from the string's lowest partial after so many seconds of it.
    fn cents(pluck: Pluck, rate: f64, seconds: f64) -> Result<f64, Heard> {
        let mut tracker = Tracker::new(rate);
        tracker.push(&pluck.render(rate, (seconds * rate) as usize));
        match tracker.reading() {
            Heard::Tone { pitch, .. } => Ok(1200.0 * (pitch.hz / pluck.hz).log2()),
            other => Err(other),
        }
    }

    fn time_for(hz: f64) -> f64 {
        if hz >= 82.0 { 0.06 } else { 4.0 / hz }
    }

    fn guitar() -> impl Strategy<Value = Pluck> {
        let shape = (0.0..1.5e-4, 0.06..0.45, 0.6..1.8, 1.0..8.0, any::<u64>());
        (82.0_f64.log2()..1300.0_f64.log2(), shape).prop_map(|(octave, (b, place, tilt, decay, seed))| {
            let hz = octave.exp2();
            Pluck { hz, inharmonicity: b, place, tilt, decay, noise_db: -40.0, seed }
        })
    }

    fn bass() -> impl Strategy<Value = Pluck> {
        let shape = (0.0..2.5e-4, 0.08..0.45, 0.8..1.8, 2.0..10.0, any::<u64>());
        (30.5_f64.log2()..82.0_f64.log2(), shape).prop_map(|(octave, (b, place, tilt, decay, seed))| {
            let hz = octave.exp2();
            Pluck { hz, inharmonicity: b, place, tilt, decay, noise_db: -40.0, seed }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_guitar_is_read_to_a_cent_within_sixty_milliseconds(pluck in guitar()) {
            let off = cents(pluck, RATE, 0.06);
            prop_assert!(off.is_ok_and(|off| off.abs() <= 1.0), "{off:?}");
        }

        #[test]
        fn a_bass_is_read_to_a_cent_within_four_periods(pluck in bass()) {
            let off = cents(pluck, RATE, 4.0 / pluck.hz);
            prop_assert!(off.is_ok_and(|off| off.abs() <= 1.0), "{off:?}");
        }

        #[test]
        fn any_sound_in_any_portions_is_survived(
            portions in prop::collection::vec(prop::collection::vec(any::<f32>(), 0..900), 0..12),
            rate in 1.0..400_000.0_f64,
        ) {
            let mut tracker = Tracker::new(rate);
            for portion in portions {
                tracker.push(&portion);
                if let Heard::Tone { pitch, level_dbfs } = tracker.reading() {
                    prop_assert!(pitch.hz.is_finite() && level_dbfs.is_finite());
                }
            }
        }
    }

    #[test]
    fn a_bright_high_note_whose_third_period_is_the_first_on_a_sample_is_read() {
        let pluck = Pluck {
            hz: 734.511_482,
            inharmonicity: 0.0,
            place: 0.06,
            tilt: 0.6,
            decay: 5.018,
            noise_db: -40.0,
            seed: 0,
        };
        let off = cents(pluck, RATE, 0.06);
        assert!(off.is_ok_and(|off| off.abs() <= 1.0), "{off:?}");
    }

    #[test]
    fn open_strings_are_read_at_any_rate() {
        let strings = [30.868, 41.203, 55.0, 82.407, 110.0, 146.832, 195.998, 246.942, 329.628, 1318.51];
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            for hz in strings {
                let off = cents(Pluck { hz, noise_db: -40.0, ..Pluck::default() }, rate, time_for(hz));
                assert!(off.is_ok_and(|off| off.abs() <= 1.0), "{hz} Hz at {rate}: {off:?}");
            }
        }
    }

    #[test]
    fn a_new_note_over_a_ringing_one_is_read_within_sixty_milliseconds() {
        let mut tracker = Tracker::new(RATE);
        let mut old = Pluck { decay: 3.0, ..Pluck::default() }.render(RATE, 48_000);
        let new = Pluck { hz: 246.942, noise_db: -40.0, ..Pluck::default() }.render(RATE, 24_000);
        old[24_000..].iter_mut().zip(&new).for_each(|(sample, new)| *sample += new);
        // hops are 480 frames: up to one passes before the onset is seen, and it is read from its beginning
        tracker.push(&old[..24_000]);
        assert!(matches!(tracker.reading(), Heard::Tone { pitch, .. } if (pitch.hz - 110.0).abs() < 0.5));
        tracker.push(&old[24_000..24_000 + 2880]);
        let heard = tracker.reading();
        let Heard::Tone { pitch, .. } = heard else { panic!("{heard:?}") };
        let off = 1200.0 * (pitch.hz / 246.942).log2();
        assert!(off.abs() < 3.0, "{off} cents");
    }

    #[test]
    fn silence_hum_below_the_gate_and_noise_are_no_tone() {
        let mut tracker = Tracker::new(RATE);
        assert_eq!(tracker.reading(), Heard::Silence);
        let quiet: Vec<f32> =
            Pluck::default().render(RATE, 9600).iter().map(|sample| sample * 0.01).collect();
        tracker.push(&quiet);
        assert_eq!(tracker.reading(), Heard::Silence);
        let mut tracker = Tracker::new(RATE);
        tracker.push(&Pluck { hz: 1e9, noise_db: 0.0, ..Pluck::default() }.render(RATE, 9600));
        assert_eq!(tracker.reading(), Heard::Unclear);
    }
}
