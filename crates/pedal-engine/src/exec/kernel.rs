//! Loops over samples. Cells, because ports may share a buffer; the compiler vectorises them all the same.

use std::cell::Cell;

/// Samples that two ports may share.
pub type Samples = [Cell<f32>];

/// `dst = src`.
pub fn copy(dst: &Samples, src: &Samples) {
    for (d, s) in dst.iter().zip(src) {
        d.set(s.get());
    }
}

/// `dst = 0`.
pub fn clear(dst: &Samples) {
    for d in dst {
        d.set(0.0);
    }
}

/// `dst += src`.
pub fn add(dst: &Samples, src: &Samples) {
    for (d, s) in dst.iter().zip(src) {
        d.set(d.get() + s.get());
    }
}

/// Largest magnitude in `samples`, and whether all are finite: one pass over the bit patterns, whose order is
/// that of the magnitudes, with Inf and NaN on top.
pub fn peak(samples: &Samples) -> (f32, bool) {
    let bits = greatest_bits(samples.iter().map(Cell::get));
    (f32::from_bits(bits), bits < 0x7f80_0000)
}

/// The bits of the largest magnitude; 0 for none.
pub fn greatest_bits(samples: impl Iterator<Item = f32>) -> u32 {
    // Signed, because that is the comparison that every x86_64 has for four numbers at a time.
    let magnitude = |sample: f32| (sample.to_bits() & 0x7fff_ffff).cast_signed();
    samples.map(magnitude).fold(0, i32::max).cast_unsigned()
}

/// A straight line from one gain to another, one step per frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ramp {
    value: f32,
    aim: f32,
    slope: f32,
    left: u32,
}

impl Ramp {
    /// Stands at `value`.
    pub fn at(value: f32) -> Self {
        Self { value, aim: value, slope: 0.0, left: 0 }
    }

    /// Heads for `aim`, to be reached after `frames` frames (0: at once), from wherever it is.
    pub fn head_for(&mut self, aim: f32, frames: u32) {
        self.aim = aim;
        if frames == 0 || self.value == aim {
            *self = Self::at(aim);
        } else {
            self.slope = (aim - self.value) / frames as f32;
            self.left = frames;
        }
    }

    /// The present value.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// Where it heads.
    pub fn aim(&self) -> f32 {
        self.aim
    }

    /// Whether it stands still.
    pub fn is_still(&self) -> bool {
        self.left == 0
    }

    /// One frame on; returns the value for that frame.
    pub fn step(&mut self) -> f32 {
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 { self.aim } else { self.value + self.slope };
        }
        self.value
    }

    /// `frames` frames on; returns the value then.
    pub fn advance(&mut self, frames: u32) -> f32 {
        if frames >= self.left {
            *self = Self::at(self.aim);
        } else {
            self.left -= frames;
            self.value += self.slope * frames as f32;
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[f32]) -> Vec<Cell<f32>> {
        values.iter().copied().map(Cell::new).collect()
    }

    #[test]
    fn peak_sees_what_is_not_a_number() {
        assert_eq!(peak(&cells(&[0.5, -2.0, 1.0])), (2.0, true));
        assert!(!peak(&cells(&[0.0, f32::NAN])).1);
        assert!(!peak(&cells(&[f32::NEG_INFINITY])).1);
        assert_eq!(peak(&[]), (0.0, true));
    }

    #[test]
    fn a_ramp_arrives_exactly() {
        let mut ramp = Ramp::at(0.0);
        ramp.head_for(1.0, 3);
        let values: Vec<f32> = (0..4).map(|_| ramp.step()).collect();
        assert_eq!(values[2..], [1.0, 1.0]);
        assert!(values[0] > 0.3 && values[1] > 0.6 && ramp.is_still());
    }

    #[test]
    fn two_ramps_that_turn_round_still_sum_to_one() {
        let (mut a, mut b) = (Ramp::at(1.0), Ramp::at(0.0));
        a.head_for(0.0, 100);
        b.head_for(1.0, 100);
        for frame in 0..200 {
            if frame == 37 {
                a.head_for(1.0, 100);
                b.head_for(0.0, 100);
            }
            assert!((a.step() + b.step() - 1.0).abs() < 1e-5);
        }
    }
}
