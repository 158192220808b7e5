//! The audio interface, the tuner, and the true bypass.

/// Levels of the codec.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixer {
    /// Output volume in dB.
    pub output_volume: f32,
    /// Lowest and highest output volume in dB.
    pub output_range: (f32, f32),
    /// Input gain in dB.
    pub input_gain: f32,
    /// Lowest and highest input gain in dB.
    pub input_range: (f32, f32),
    /// The codec's equaliser is on.
    pub eq: bool,
    /// Gains of its bands in dB, −10.5 to +12 in steps of 1.5; empty: the codec has none.
    pub bands: Vec<f32>,
    /// Reading of the level meter's ADC at silence; none: no meter.
    pub vu_baseline: Option<u16>,
}

impl Default for Mixer {
    fn default() -> Self {
        Self {
            output_volume: 0.0,
            output_range: (-25.75, 6.0),
            input_gain: 0.0,
            input_range: (-19.75, 12.0),
            eq: false,
            bands: Vec::new(),
            vu_baseline: None,
        }
    }
}

/// The audio interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Its levels; none: they are not set here.
    pub mixer: Option<Mixer>,
    /// Frames of a period.
    pub period: u32,
    /// Periods that can be chosen.
    pub periods: Vec<u32>,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Sample rates that can be chosen.
    pub rates: Vec<u32>,
    /// Round trip measured with a cable in, in ms.
    pub round_trip: Option<f32>,
    /// Period in frames that it was measured at.
    pub round_trip_period: Option<u32>,
    /// A recording runs: for so many seconds.
    pub recording: Option<u32>,
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            mixer: None,
            period: 128,
            periods: vec![32, 64, 128, 256, 512],
            rate: 48_000,
            rates: vec![44_100, 48_000, 96_000],
            round_trip: None,
            round_trip_period: None,
            recording: None,
        }
    }
}

/// Tuner.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuner {
    /// It listens: the screen shows it.
    pub on: bool,
    /// Frequency in Hz; none: silence.
    pub frequency: Option<f32>,
    /// Input from 1.
    pub input: u8,
    /// Number of inputs.
    pub inputs: u8,
    /// The output is silent while tuning.
    pub mute: bool,
    /// Frequency of A4 in Hz.
    pub reference: f32,
}

impl Default for Tuner {
    fn default() -> Self {
        Self { on: false, frequency: None, input: 1, inputs: 2, mute: true, reference: 440.0 }
    }
}

impl Tuner {
    /// Name of the nearest note, its octave, and how far the string is from it in cents (−50 to +50).
    pub fn note(&self) -> Option<(&'static str, i32, f32)> {
        const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];
        let frequency = self.frequency.filter(|f| f.is_finite() && *f > 0.0)?;
        if !(self.reference.is_finite() && self.reference > 0.0) {
            return None;
        }
        let key = 69.0 + 12.0 * (frequency / self.reference).log2();
        let nearest = key.round();
        let number = nearest as i32;
        Some((NAMES[number.rem_euclid(12) as usize], number.div_euclid(12) - 1, (key - nearest) * 100.0))
    }
}

/// Which side a true bypass takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Side {
    /// The left input and output.
    Left,
    /// The right input and output.
    Right,
    /// Both.
    #[default]
    Both,
}

impl Side {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Both];

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Both => "Left and right",
        }
    }
}

/// True bypass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bypass {
    /// The pedal is passed by.
    pub active: bool,
    /// Which side.
    pub side: Side,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_a_guitar() {
        let at = |frequency| Tuner { frequency: Some(frequency), ..Tuner::default() }.note().expect("a note");
        assert_eq!((at(440.0).0, at(440.0).1), ("A", 4));
        assert_eq!((at(82.41).0, at(82.41).1), ("E", 2));
        assert!(at(82.41).2.abs() < 0.2);
        assert!((at(445.0).2 - 19.56).abs() < 0.1);
        assert_eq!((at(30.87).0, at(30.87).1), ("B", 0));
        for wrong in [f32::NAN, 0.0, -1.0, f32::INFINITY] {
            assert!(Tuner { frequency: Some(wrong), ..Tuner::default() }.note().is_none());
        }
    }
}
