//! Level lamps: how loud the input is, from a rectified channel of the converter.

use std::collections::VecDeque;

use crate::Rgb;

/// Counts for one volt.
const PER_VOLT: f32 = 512.0 / 1.665;
/// Readings that are averaged to turn a lamp on, and off.
const ON: usize = 4;
const OFF: usize = 50;

/// What the lamp says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is played.
    Silence,
    /// A signal.
    Signal,
    /// Loud.
    Warn,
    /// Clips.
    Clip,
}

impl Level {
    /// Colour of the lamp.
    pub fn colour(self) -> Rgb {
        match self {
            Self::Silence => Rgb::BLACK,
            Self::Signal => Rgb(34, 139, 34),
            Self::Warn => Rgb(255, 165, 0),
            Self::Clip => Rgb(255, 0, 0),
        }
    }
}

/// One channel. Give it a count every 20 ms.
#[derive(Debug, Clone)]
pub struct Vu {
    baseline: u16,
    limits: [f32; 3],
    readings: VecDeque<f32>,
}

impl Vu {
    /// `baseline` is the count at silence (502–522), `gain` the codec's input gain in dB.
    pub fn new(baseline: u16, gain: f32) -> Self {
        let limit = |dbv: f32| f32::from(baseline) + PER_VOLT * 10f32.powf((dbv - gain) / 20.0);
        Self {
            baseline,
            limits: [limit(-39.0), limit(-20.0), limit(-15.0)],
            readings: VecDeque::with_capacity(OFF),
        }
    }

    /// Takes a count (0–1023).
    pub fn count(&mut self, count: u16) -> Level {
        if self.readings.len() == OFF {
            self.readings.pop_front();
        }
        self.readings.push_back(f32::from(count.abs_diff(self.baseline) + self.baseline));
        let mean = |last: usize| {
            let last = last.min(self.readings.len());
            self.readings.iter().rev().take(last).sum::<f32>() / last as f32
        };
        let (short, long) = (mean(ON), mean(OFF));
        let above = |value: f32| self.limits.iter().filter(|limit| value >= **limit).count();
        match above(short) {
            3 => Level::Clip,
            2 => Level::Warn,
            // the long mean keeps the lamp lit between notes
            1 => Level::Signal,
            _ if above(long) > 0 => Level::Signal,
            _ => Level::Silence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_signal_and_silence_is_slow() {
        let mut vu = Vu::new(512, 0.0);
        assert_eq!(vu.count(512), Level::Silence);
        for _ in 0..4 {
            vu.count(512 + 54);
        }
        assert_eq!(vu.count(512 - 54), Level::Warn, "0.175 V is between -20 and -15 dBV");
        for _ in 0..4 {
            vu.count(1000);
        }
        assert_eq!(vu.count(1000), Level::Clip);
        let off = (0..60).find(|_| vu.count(512) == Level::Silence).unwrap();
        assert!((40..50).contains(&off), "{off}");
    }
}
