//! Time and colour.

/// Microseconds since the start of the clock in use, real or virtual. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub u64);

impl Moment {
    /// A moment so many milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1000)
    }

    /// The moment so many microseconds later.
    pub const fn plus_micros(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The moment so many milliseconds later.
    pub const fn plus_millis(self, millis: u64) -> Self {
        self.plus_micros(millis * 1000)
    }

    /// Microseconds since `earlier`; 0 when that lies ahead.
    pub const fn micros_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A colour, each part 0–255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// All parts 0: a lamp that is off.
    pub const BLACK: Self = Self(0, 0, 0);

    /// Each part times `factor` (0–1), rounded.
    pub fn scaled(self, factor: f32) -> Self {
        let part = |value: u8| (f32::from(value) * factor.clamp(0.0, 1.0)).round() as u8;
        Self(part(self.0), part(self.1), part(self.2))
    }
}
