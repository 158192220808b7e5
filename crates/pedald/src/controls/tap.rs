//! Tapped tempo.

use std::collections::VecDeque;

use pedal_hardware::Moment;

/// Taps further apart than this begin anew: 40 beats per minute.
const GAP_MICROS: u64 = 1_500_000;
/// So many taps are averaged.
const TAPS: usize = 4;
/// A lamp flashes so long at each beat.
pub const FLASH_MICROS: u64 = 100_000;
/// Contacts and nervous feet: faster than the fastest tempo there is.
const FASTEST: f64 = 280.0;

/// The last taps.
#[derive(Debug, Clone, Default)]
pub struct Tap {
    taps: VecDeque<Moment>,
}

impl Tap {
    /// A tap; the tempo in beats per minute (40–280) from the second one on.
    pub fn tap(&mut self, at: Moment) -> Option<f64> {
        if self.taps.back().is_some_and(|last| at.micros_since(*last) > GAP_MICROS) {
            self.taps.clear();
        }
        self.taps.push_back(at);
        while self.taps.len() > TAPS {
            self.taps.pop_front();
        }
        let (first, last) = (self.taps.front()?, self.taps.back()?);
        let span = last.micros_since(*first);
        if self.taps.len() < 2 || span == 0 {
            return None;
        }
        let mean = span as f64 / (self.taps.len() - 1) as f64;
        Some((60e6 / mean).min(FASTEST))
    }

    /// The beat that lamps follow.
    pub fn last(&self) -> Moment {
        self.taps.back().copied().unwrap_or_default()
    }
}

/// Whether a lamp that follows the beat is lit, and when it changes next. `beat` is the moment of some beat.
pub fn flash(beat: Moment, bpm: f64, now: Moment) -> (bool, Moment) {
    let period = ((60e6 / bpm.max(1.0)) as u64).max(2 * FLASH_MICROS);
    let since = now.micros_since(beat) % period;
    let lit = since < FLASH_MICROS;
    let next = if lit { FLASH_MICROS - since } else { period - since };
    (lit, now.plus_micros(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taps(at: &[u64]) -> Vec<Option<i64>> {
        let mut tap = Tap::default();
        at.iter().map(|millis| tap.tap(Moment::from_millis(*millis)).map(|bpm| bpm.round() as i64)).collect()
    }

    #[test]
    fn four_taps_are_averaged_and_a_pause_begins_anew() {
        assert_eq!(taps(&[1000, 1500, 2000, 2500]), [None, Some(120), Some(120), Some(120)]);
        // a tempo that changes is followed within four taps
        assert_eq!(taps(&[0, 500, 1000, 1500, 1750, 2000, 2250])[6], Some(240));
        assert_eq!(taps(&[0, 1500, 3001, 3501]), [None, Some(40), None, Some(120)]);
        assert_eq!(taps(&[5, 5]), [None, None]);
        assert_eq!(taps(&[0, 20]), [None, Some(280)]);
    }

    #[test]
    fn lamps_flash_a_tenth_of_a_second_at_each_beat() {
        let at = |millis| flash(Moment::from_millis(1000), 120.0, Moment::from_millis(millis));
        assert_eq!(at(1000), (true, Moment::from_millis(1100)));
        assert_eq!(at(1099), (true, Moment::from_millis(1100)));
        assert_eq!(at(1100), (false, Moment::from_millis(1500)));
        assert_eq!(at(2550), (true, Moment::from_millis(2600)));
    }
}
