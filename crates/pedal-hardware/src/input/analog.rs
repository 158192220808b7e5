//! Knobs and expression pedals on a converter of 10 bits.

/// Largest count of the converter.
pub const FULL: u16 = 1023;

/// One knob or pedal.
#[derive(Debug, Clone)]
pub struct Analog {
    threshold: u16,
    last: Option<u16>,
}

impl Analog {
    /// Changes of up to `threshold` counts (0–127) are noise.
    pub fn new(threshold: u8) -> Self {
        Self { threshold: u16::from(threshold.min(127)), last: None }
    }

    /// Takes a count (0–1023): the new value when it has moved. Within the threshold of an end it is that end.
    /// The first count is only remembered.
    pub fn count(&mut self, count: u16) -> Option<u16> {
        let mut value = count.min(FULL);
        if value <= self.threshold {
            value = 0;
        } else if value >= FULL - self.threshold {
            value = FULL;
        }
        let Some(last) = self.last else {
            self.last = Some(value);
            return None;
        };
        // an end is always reached, else a slow pedal would stop just before it
        let moved = value.abs_diff(last) > self.threshold || (value != last && (value == 0 || value == FULL));
        moved.then(|| {
            self.last = Some(value);
            value
        })
    }

    /// Where it stands, 0–1023, once a count has been taken.
    pub fn value(&self) -> Option<u16> {
        self.last
    }
}

/// A count (0–1023) as the value of a MIDI controller (0–127), rounded.
pub fn to_cc(count: u16) -> u8 {
    ((u32::from(count.min(FULL)) * 127 * 2 + u32::from(FULL)) / (2 * u32::from(FULL))) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_says_nothing_and_ends_are_reached() {
        let mut pedal = Analog::new(16);
        assert_eq!(pedal.count(500), None);
        assert_eq!(pedal.count(516), None);
        assert_eq!(pedal.count(517), Some(517));
        assert_eq!(pedal.count(1000), Some(1000));
        assert_eq!(pedal.count(1008), Some(1023));
        assert_eq!(pedal.count(1020), None);
        assert_eq!(pedal.count(9), Some(0));
    }

    #[test]
    fn counts_become_controller_values() {
        assert_eq!([0, 4, 5, 512, 1019, 1023].map(to_cc), [0, 0, 1, 64, 127, 127]);
    }
}
